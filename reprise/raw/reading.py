"""Raw tables: a file of CSV or Parquet, or one of scikit-learn's own, column by column."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from reprise.advance import Report, silent
from reprise.errors import RepriseError
from reprise.raw.delimited import find_dialect, spill_fields
from reprise.raw.fetching import SKLEARN, check_source, local_copy
from reprise.raw.literals import read_column

SKLEARN_TABLES = ("breast_cancer", "diabetes", "digits", "iris", "wine")
INDEX = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class RawTable:
    """A table whose columns are read when they are asked for, each by itself.

    `read` gives a column by its name, its rows numbered from 0; threads may call it at once.
    """

    columns: list[str]
    rows: int
    read: Callable[[str], pd.Series]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "RawTable":
        """The table of a DataFrame; names of columns become text."""
        named = frame.rename(columns=str).reset_index(drop=True)
        return cls(list(named.columns), len(named), named.__getitem__)

    def __getitem__(self, name: str) -> pd.Series:
        return self.read(name)


def read_table(source: str) -> pd.DataFrame:
    """Return the whole table behind `source` (see `open_table`), its rows numbered from 0."""
    raw = open_table(source)
    return pd.DataFrame({name: raw[name] for name in raw.columns})


def open_table(source: str, report: Report = silent) -> RawTable:
    """Return the table behind `source`: a CSV is read now, to disk, other columns on demand.

    `source` is a local path, an http(s)://, s3:// or gs:// URL, a runs:/ URI or sklearn:<name>.
    CSV (plain or gzipped; comma, semicolon, tab or bar) and Parquet are told apart by content.
    Raises RepriseError where there is no such table, or it cannot be read or is empty.
    """
    check_source(source)
    if source.startswith(SKLEARN):
        return RawTable.of(read_sklearn(source.removeprefix(SKLEARN)))
    raw = _open_file(local_copy(source), source, report)
    if not (raw.rows and raw.columns):
        raise RepriseError(
            f"a table needs rows and columns, got {raw.rows} rows in '{source}': "
            "give a table with data"
        )
    return raw


def read_sklearn(name: str) -> pd.DataFrame:
    """One of scikit-learn's own tables; RepriseError where it is none of them."""
    import sklearn.datasets

    if name not in SKLEARN_TABLES:
        raise RepriseError(
            f"sklearn:<name> must name one of {', '.join(SKLEARN_TABLES)}, "
            f"got '{SKLEARN}{name}': choose one"
        )
    return getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame


def _open_file(path: Path, source: str, report: Report) -> RawTable:
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise RepriseError(
                f"a table needs rows and columns, got the empty file '{source}': "
                "give a table with data"
            )
        if start == b"PAR1":
            return _open_parquet(path, source)
        return _open_csv(path, source, report)
    except (ValueError, OSError, EOFError, zlib.error, pd.errors.ParserWarning) as error:
        raise unreadable(error, source) from None


def unreadable(error: Exception, source: str) -> RepriseError:
    """What to say of a file that is no table."""
    if isinstance(error, UnicodeDecodeError):
        return RepriseError(
            f"a CSV must be UTF-8, got byte {error.object[error.start]:#04x} in '{source}': "
            "save it again as UTF-8"
        )
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return RepriseError(
        f"data must be CSV (plain or gzipped) or Parquet, got '{source}' ({reason}): mend it"
    )


def _open_parquet(path: Path, source: str) -> RawTable:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    # pandas stores an index as a column of its own, and takes it away again when it reads.
    names = [name for name in schema.names if not INDEX.fullmatch(name)]
    check_names(names, source)

    def read(name: str) -> pd.Series:
        try:
            with pq.ParquetFile(path) as file:
                column = file.read(columns=[name]).select([name])
        except (ValueError, OSError) as error:
            raise unreadable(error, source) from None
        # Dates as Python objects would take ten times the room.
        return column.to_pandas(ignore_metadata=True, date_as_object=False)[name]

    return RawTable(names, rows, read)


def _open_csv(path: Path, source: str, report: Report) -> RawTable:
    dialect = find_dialect(path)
    check_names(dialect.header, source)
    spill, rows = spill_fields(dialect, report)
    positions = {name: position for position, name in enumerate(dialect.names)}

    def read(name: str) -> pd.Series:
        return read_column(name, lambda: spill.blocks(positions[name]), dialect.decimal)

    return RawTable(dialect.names, rows, read)


def check_names(names: list[str], source: str) -> None:
    """Raise RepriseError where two columns have one name."""
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise RepriseError(
            f"column names must differ, got '{repeated[0]}' {names.count(repeated[0])} times: "
            f"rename them in '{source}'"
        )
