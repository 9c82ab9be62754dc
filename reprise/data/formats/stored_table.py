"""A table as it is stored: what the reader of any format gives."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reprise.data.read_options import AS_IT_IS, ReadOptions
from reprise.errors import RepriseError
from reprise.runtime.progress import Report

# Every column is profiled, encoded and shown; what reads names does so for each of them.
MOST_COLUMNS = 10_000
# A double holds every whole number up to here.
_EXACT = 2**53

# What was decided about a file beyond the usual, by the question: {"encoding": "windows-1252"}.
Reading = dict[str, str]
# The same for programs, by the names that schema.json has for them: see `Schema`.
Facts = dict[str, Any]
# Where no line names the columns.
NO_HEADER = "no header: columns are called column_1, column_2, …"
# The line of a file in which a row begins, both counted from 1; None where rows have none.
LineOf = Callable[[int], int | None]
Batches = Callable[[Sequence[str]], Iterator[pa.Table]]


@dataclass(frozen=True)
class RawTable:
    """A table whose columns are read when they are asked for, each by itself.

    `read` gives a column by its name, its rows numbered from 0; threads may call it at once.
    `words` counts the fields of a column, which was read, that were taken for missing because they
    usually are, empty ones apart; `markers` those that `asked` names, where they are text. The
    others are taken out here, whatever a column is made of. `decimal` is the decimal mark with
    which text was read.
    """

    columns: list[str]
    rows: int
    read: Callable[[str], pd.Series]
    reading: Reading = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    words: Callable[[str], dict[str, int]] = lambda name: {}
    markers: Callable[[str], dict[str, int]] = lambda name: {}
    line_of: LineOf = lambda row: None
    asked: ReadOptions = AS_IT_IS
    decimal: str = "."

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "RawTable":
        """The table of a DataFrame; names of columns become text."""
        named = frame.rename(columns=str).reset_index(drop=True)
        return cls(list(named.columns), len(named), named.__getitem__)

    def __getitem__(self, name: str) -> pd.Series:
        return self.asked.missing.taken_out(self.read(name))

    def counted(self, name: str) -> tuple[pd.Series, dict[str, int]]:
        """A column, and how many of its values were missing because somebody asked for it."""
        missing = self.asked.missing
        if not missing.markers:
            return self.read(name), {}
        values = self.read(name)
        counts = Counter(self.markers(name)) + Counter(missing.counted(values))
        return missing.taken_out(values), dict(counts)


@dataclass(frozen=True)
class StoredTable:
    """A file that is known to be a table; as little of it has been read as its format allows.

    `load` makes its columns readable each by itself, `batches` gives the rows of some columns from
    start to end. `decimal` is the decimal mark where fields are text; None where they have types.
    Both raise ValueError or OSError for what the file does not hold to. `named_by_line` says
    whether a line of it may name the columns, so that one may be asked for.
    """

    columns: list[str]
    load: Callable[[Report], RawTable]
    batches: Batches
    decimal: str | None = None
    reading: Reading = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    named_by_line: bool = False
    line_of: LineOf = lambda row: None


@dataclass(frozen=True)
class Format:
    """One format: what its files begin with, and its reader.

    `recognizes` is given the first 4096 bytes of a file, and the file. `read` is given the file,
    the name of its source for messages, and how it was asked to be read.
    """

    name: str
    recognizes: Callable[[bytes, Path], bool]
    read: Callable[[Path, str, ReadOptions], StoredTable]


def stored_in_memory(table: pa.Table, reading: Reading) -> StoredTable:
    """The table of a format whose files are read at once."""

    def read(name: str) -> pd.Series:
        return pandas_column(table, name)

    def batches(names: Sequence[str]) -> Iterator[pa.Table]:
        yield table.select(list(names))

    names = table.column_names
    return StoredTable(
        names, lambda report: RawTable(names, len(table), read, reading), batches, None, reading
    )


def told_more(stored: StoredTable, reading: Reading) -> StoredTable:
    """The same table, of which more was decided."""

    def load(report: Report) -> RawTable:
        raw = stored.load(report)
        return replace(raw, reading=raw.reading | reading)

    return replace(stored, load=load, reading=stored.reading | reading)


def with_facts(stored: StoredTable, facts: Facts) -> StoredTable:
    """The same table, with more facts for programs."""

    def load(report: Report) -> RawTable:
        raw = stored.load(report)
        return replace(raw, facts=raw.facts | facts)

    return replace(stored, load=load, facts=stored.facts | facts)


def pandas_column(table: pa.Table, name: str) -> pd.Series:
    """One column for pandas, by the types that Arrow has for it."""
    return pandas_values(table.column(name)).rename(name)


def pandas_values(column: pa.ChunkedArray) -> pd.Series:
    """Arrow's values for pandas; those beside gaps stay what they are, to the last digit."""
    if column.type == pa.float16():  # in which pandas cannot look for days, or for far numbers
        column = column.cast(pa.float32())
    # Dates as Python objects would take ten times the room.
    return column.to_pandas(types_mapper=_beside_gaps(column), date_as_object=False)


def _beside_gaps(column: pa.ChunkedArray) -> Callable[[pa.DataType], Any] | None:
    """The types of pandas that know gaps, where its usual ones would lose digits, or truth."""
    if not column.null_count:
        return None
    if pa.types.is_boolean(column.type):
        return {column.type: pd.BooleanDtype()}.get
    if not pa.types.is_integer(column.type) or column.type.bit_width < 64:
        return None
    ends = pc.min_max(column)
    if max(abs(ends["min"].as_py() or 0), abs(ends["max"].as_py() or 0)) <= _EXACT:
        return None
    wide = pd.UInt64Dtype() if pa.types.is_unsigned_integer(column.type) else pd.Int64Dtype()
    return {column.type: wide}.get


def in_line(line: int | None) -> str:
    """What is said of the line of a row beside its number."""
    return "" if line is None else f", line {line} of the file"


def check_names(names: list[str], source: str) -> None:
    """Raise RepriseError where two columns have one name, or there are too many of them."""
    check_width(len(names))
    counts = Counter(name for name in names if name)
    repeated = sorted(name for name, count in counts.items() if count > 1)
    if repeated:
        raise RepriseError(
            f"column names must differ, got '{repeated[0]}' {counts[repeated[0]]} times: "
            f"rename them in '{source}'"
        )


def check_width(columns: int) -> None:
    """Raise RepriseError where a table has too many columns."""
    if columns > MOST_COLUMNS:
        raise RepriseError(
            f"a table must have at most {MOST_COLUMNS:,} columns, got {columns:,}: "
            "choose among them"
        )


def check_fields(fields: Sequence[str], width: int, line: int) -> None:
    """Raise RepriseError where a row has fields beyond those that the header names."""
    if any(fields[width:]):
        raise RepriseError(
            f"rows must have at most the {width} fields that the header names, got {len(fields)} "
            f"in line {line}: quote the fields that hold a delimiter"
        )
