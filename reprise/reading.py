"""Raw tables: a file of CSV or Parquet, or one of scikit-learn's own, becomes a DataFrame."""

import re
import warnings
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from reprise.errors import RepriseError
from reprise.fetching import SKLEARN, check_source, local_copy

SKLEARN_TABLES = ("breast_cancer", "diabetes", "digits", "iris", "wine")
DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 1000
_INDEX = re.compile(r"__index_level_\d+__")


def read_table(source: str) -> pd.DataFrame:
    """Return the whole table behind `source`, its rows numbered from 0.

    `source` is a local path, an http(s)://, s3:// or gs:// URL, a runs:/ URI or sklearn:<name>.
    CSV (plain or gzipped; comma, semicolon, tab or bar) and Parquet are told apart by content.
    Raises RepriseError where there is no such table, or it cannot be read or is empty.
    """
    check_source(source)
    if source.startswith(SKLEARN):
        return _read_sklearn(source.removeprefix(SKLEARN))
    table = _read_file(local_copy(source), source)
    if table.empty:
        raise RepriseError(
            f"a table needs rows and columns, got {len(table)} rows in '{source}': "
            "give a table with data"
        )
    return table


def _read_sklearn(name: str) -> pd.DataFrame:
    import sklearn.datasets

    if name not in SKLEARN_TABLES:
        raise RepriseError(
            f"sklearn:<name> must name one of {', '.join(SKLEARN_TABLES)}, "
            f"got '{SKLEARN}{name}': choose one"
        )
    return getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame


def _read_file(path: Path, source: str) -> pd.DataFrame:
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise RepriseError(
                f"a table needs rows and columns, got the empty file '{source}': "
                "give a table with data"
            )
        return (_read_parquet if start == b"PAR1" else _read_csv)(path, source)
    except UnicodeDecodeError as error:
        raise RepriseError(
            f"a CSV must be UTF-8, got byte {error.object[error.start]:#04x} in '{source}': "
            "save it again as UTF-8"
        ) from None
    except (ValueError, OSError, EOFError, zlib.error, pd.errors.ParserWarning) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise RepriseError(
            f"data must be CSV (plain or gzipped) or Parquet, got '{source}' ({reason}): mend it"
        ) from None


def _read_parquet(path: Path, source: str) -> pd.DataFrame:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path).read()
    # pandas stores an index as a column of its own, and takes it away again when it reads.
    names = [name for name in table.column_names if not _INDEX.fullmatch(name)]
    _check_names(names, source)
    return pd.DataFrame(table.select(names).to_pandas(ignore_metadata=True))


def _read_csv(path: Path, source: str) -> pd.DataFrame:
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    read: Callable[..., Any] = partial(
        pd.read_csv,
        path,
        encoding="utf-8-sig",
        index_col=False,
        compression="gzip" if gzipped else None,
    )
    headers = {
        delimiter: read(sep=delimiter, header=None, nrows=1, dtype=str, keep_default_na=False)
        for delimiter in DELIMITERS
    }
    delimiter = max(DELIMITERS, key=lambda character: headers[character].shape[1])
    _check_names([str(name) for name in headers[delimiter].iloc[0]], source)
    with warnings.catch_warnings():
        # Rows longer than the header would lose their last fields with only a warning.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return read(sep=delimiter, low_memory=False, decimal=_decimal(read, delimiter))


def _decimal(read: Callable[..., Any], delimiter: str) -> str:
    """The decimal mark, "." or ",": the one with which more columns are numbers."""
    if delimiter == ",":
        return "."
    numbers = {
        mark: len(read(sep=delimiter, nrows=_SAMPLE_ROWS, decimal=mark).select_dtypes("number").T)
        for mark in ".,"
    }
    return max(numbers, key=lambda mark: numbers[mark])


def _check_names(names: list[str], source: str) -> None:
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise RepriseError(
            f"column names must differ, got '{repeated[0]}' {names.count(repeated[0])} times: "
            f"rename them in '{source}'"
        )
