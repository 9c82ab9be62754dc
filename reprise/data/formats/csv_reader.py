"""CSV files: how one is written, and its fields as text, column by column on disk."""

import csv as csv_module
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from reprise.data.formats.stored_table import MOST_COLUMNS, check_width
from reprise.data.spill import Spill
from reprise.predictor import Missing, tidy
from reprise.runtime.progress import Advance, Report

_HEADER_BYTES = 64 << 20
_SAMPLE_ROWS = 1000
# What is read at once: so many bytes, or so many for each column of a wide table.
_BLOCK_BYTES = 2 << 20
_COLUMN_BYTES = 4 << 10
_BLOCK_FIELDS = 4 << 20


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written: its delimiter and decimal mark, its column names.

    `header` is the first row as it stands; `names` are as pandas has them ("Unnamed: 0"), without
    blanks around them.
    """

    path: Path
    delimiter: str
    decimal: str
    header: list[str]
    names: list[str]

    def read(self, **options: Any) -> Any:
        """What pandas.read_csv makes of the file."""
        return _reader(self.path)(sep=self.delimiter, **options)


def find_dialect(path: Path, delimiter: str, missing: Missing) -> Dialect:
    """Find out how a CSV in UTF-8 is written, from its start; its first row names the columns.

    Raises ValueError, OSError or EOFError, as pandas does, where it is no CSV.
    """
    _check_header(path, delimiter)
    read = _reader(path)
    first = read(sep=delimiter, header=None, nrows=1, dtype=str, keep_default_na=False)
    header = [tidy(str(name)) for name in first.iloc[0]]
    found = [tidy(str(name)) for name in read(sep=delimiter, nrows=0).columns]
    names = [name or f"Unnamed: {place}" for place, name in enumerate(found)]
    return Dialect(path, delimiter, _decimal(read, delimiter, missing), header, names)


def _check_header(path: Path, delimiter: str) -> None:
    """Raise RepriseError for too many names: pandas takes most of a minute to read 100,000."""
    with path.open("rb") as file:
        line = file.readline(_HEADER_BYTES)
    if line.count(delimiter.encode()) < MOST_COLUMNS:
        return
    text = line.decode("utf-8-sig", errors="replace")
    with suppress(csv_module.Error):  # a field beyond all measure: pandas says what it is
        check_width(len(next(csv_module.reader([text], delimiter=delimiter))))


def _reader(path: Path) -> Callable[..., Any]:
    return partial(pd.read_csv, path, encoding="utf-8-sig", index_col=False, compression=None)


def _decimal(read: Callable[..., Any], delimiter: str, missing: Missing) -> str:
    """The decimal mark, "." or ",": the one with which more columns are numbers."""
    if delimiter == ",":
        return "."
    sample = partial(read, sep=delimiter, nrows=_SAMPLE_ROWS, na_values=list(missing.markers))
    numbers = {mark: len(sample(decimal=mark).select_dtypes("number").T) for mark in ".,"}
    return max(numbers, key=lambda mark: numbers[mark])


def spill_fields(dialect: Dialect, report: Report) -> tuple[Spill, int]:
    """Return every field as `raw_fields` gives it, each column under its position, and the rows."""
    spill, rows = Spill(), 0
    for columns in raw_fields(dialect, range(len(dialect.names))):
        for position, column in enumerate(columns):
            spill.append(position, column)
        rows += len(columns[0])
        report(Advance("rows read", rows))
    return spill, rows


def raw_fields(dialect: Dialect, positions: Sequence[int]) -> Iterator[list[pa.Array]]:
    """The fields of these columns as text, as they stand in the file, some rows at a time.

    What a short row has not is null. Raises what `find_dialect` raises.
    """
    rows = 0
    if len(dialect.names) > 1:
        try:
            for batch in _regular_batches(dialect, positions):
                yield batch
                rows += len(batch[0])
            return
        except (pa.ArrowException, OSError):
            # Short rows, and whatever is wrong: pandas fills up the first and names the second.
            pass
    for batch in _batches(dialect, positions):
        known = min(rows, len(batch[0]))
        rows -= known
        yield [column.slice(known) for column in batch]


def _regular_batches(dialect: Dialect, positions: Sequence[int]) -> Iterator[list[pa.Array]]:
    """Batches of a file whose rows have one length each, read by Arrow with several threads."""
    # The header is read as a row of its own, so that its names may be anything.
    names = [str(position) for position in range(len(dialect.names))]
    size = max(_BLOCK_BYTES, _COLUMN_BYTES * len(names))
    with (
        pa.OSFile(str(dialect.path)) as stream,
        csv.open_csv(
            stream,
            csv.ReadOptions(column_names=names, block_size=size),
            csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[names[position] for position in positions],
                strings_can_be_null=False,
            ),
        ) as batches,
    ):
        header = 1
        for batch in batches:
            yield batch.slice(header).columns
            header = 0 if len(batch) else header


def _batches(dialect: Dialect, positions: Sequence[int]) -> Iterator[list[pa.Array]]:
    """Batches of any file that pandas can read: the slow way."""
    with warnings.catch_warnings():
        # Rows longer than the header would lose their last fields with only a warning.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        rows = max(1, _BLOCK_FIELDS // len(dialect.names))
        with dialect.read(dtype="str", chunksize=rows, keep_default_na=False) as frames:
            for frame in frames:
                yield [_in_one_piece(frame.iloc[:, n]) for n in positions]


def _in_one_piece(texts: pd.Series) -> pa.Array:
    """Text as Arrow has it: of many rows pandas gives it in several pieces."""
    found = pa.array(texts, pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
