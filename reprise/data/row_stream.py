"""Raw rows of a table that need not fit into memory, in the kinds that a model asks for."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pandas as pd
import pyarrow as pa

from reprise.data.columns import plain_values
from reprise.data.contracts.inspection import Readable
from reprise.data.contracts.readable import readable
from reprise.data.formats.csv_types import fields_of_kind, present_fields
from reprise.data.formats.stored_table import LineOf, Reading, StoredTable, in_line
from reprise.data.raw_table import open_stored
from reprise.data.read_options import AS_IT_IS, ReadOptions
from reprise.errors import RepriseError
from reprise.predictor import ColumnKind, Missing, WrongValue
from reprise.runtime.progress import Report, silent

# Rows that are predicted at once, fewer of a wide table.
_ROWS = 1 << 16
_VALUES = 4 << 20


@dataclass(frozen=True)
class Batch:
    """Some rows of a table, as their source has them; `before` rows come before them.

    `decimal` is the decimal mark of a CSV, whose fields are text; None where values have types.
    `line_of` finds the line of a row of the whole table.
    """

    table: pa.Table
    before: int
    decimal: str | None
    line_of: LineOf = lambda row: None
    _made: dict[tuple[str, ColumnKind], pd.Series] = field(default_factory=dict)

    def plain(self, kinds: Mapping[str, ColumnKind]) -> pd.DataFrame:
        """These columns in the form of their kinds; RepriseError names a value of another kind."""
        try:
            return pd.DataFrame({name: self._plain(name, kind) for name, kind in kinds.items()})
        except WrongValue as error:
            raise self.wrong(error) from None

    def readable(self, name: str, kind: ColumnKind) -> tuple[pd.Series, Readable]:
        """A column, and its values of a kind: wrong ones, as they stand, are told, not refused."""
        with suppress(WrongValue, TypeError):
            plain = self._plain(name, kind)
            return plain, (plain, None)
        column = self.table.column(name).combine_chunks()
        if self.decimal is not None:
            column = present_fields(column, Missing.of_kind(kind)[1])
        raw = _values(column, name)
        return raw, readable(raw, kind, self.decimal or ".")

    def wrong(self, error: WrongValue) -> RepriseError:
        """What to say of a value of this batch: the row is that of the whole table."""
        found = error.after(self.before)
        return RepriseError(f"{found}{in_line(self.line_of(found.row))}: mend it")

    def _plain(self, name: str, kind: ColumnKind) -> pd.Series:
        """A column in the form of a kind, which is made once."""
        if (name, kind) not in self._made:
            self._made[name, kind] = self._make(name, kind)
        return self._made[name, kind]

    def _make(self, name: str, kind: ColumnKind) -> pd.Series:
        column = self.table.column(name).combine_chunks()
        if self.decimal is not None:
            column = fields_of_kind(column, kind, self.decimal)
        return plain_values(_values(column, name), kind)


def _values(column: pa.Array, name: str) -> pd.Series:
    try:
        # Dates as Python objects would take ten times the room.
        return column.to_pandas(date_as_object=False).rename(name)
    except (pa.ArrowException, ValueError) as error:  # a time zone that nobody knows, say
        raise RepriseError(
            f"column '{name}' must have values that can be read, got {column.type} ({error}): "
            "write it as text or in another type"
        ) from None


@dataclass(frozen=True)
class Rows:
    """A table read from its start to its end: its columns, and its rows in batches.

    `read` is given the columns that are wanted; it raises RepriseError for what is no table, and
    where the rows are watched for what breaks their contract. `reading` says what was decided about
    the file.
    """

    columns: list[str]
    read: Callable[[Sequence[str]], Iterator[Batch]]
    reading: Reading = field(default_factory=dict)
    is_watched: bool = False


def open_rows(source: str, asked: ReadOptions = AS_IT_IS, report: Report = silent) -> Rows:
    """The rows behind a path, http(s)/s3/gs URL, runs:/ URI or sklearn:<name>; none is read yet.

    Raises RepriseError where there is no such table, or it cannot be read.
    """
    stored = open_stored(source, report, asked)

    def read(names: Sequence[str]) -> Iterator[Batch]:
        return _batches(stored, names)

    return Rows(stored.columns, read, stored.reading)


def open_rows_with(
    source: str, asked: ReadOptions, names: Collection[str], report: Report = silent
) -> Rows:
    """The rows of a table that has these columns where a table of training had them.

    Its header need not be in the same line, nor its format be the same: where a header was asked
    for, and it does not name the columns here, it is found out. Raises what `open_rows` raises.
    """
    if asked.header.is_given:
        with suppress(RepriseError):
            rows = open_rows(source, asked, report)
            if set(names) <= set(rows.columns):
                return rows
    return open_rows(source, replace(asked, header=AS_IT_IS.header), report)


def _batches(stored: StoredTable, names: Sequence[str]) -> Iterator[Batch]:
    """Batches of one size, whatever that of the tables read: a call of a model has its price."""
    waiting: list[pa.Table] = []
    before = 0
    for table in stored.batches(names):
        waiting.append(table)
        size = _size(table.column_names)
        while sum(len(each) for each in waiting) >= size:
            together = pa.concat_tables(waiting)
            yield Batch(together.slice(0, size), before, stored.decimal, stored.line_of)
            before += size
            waiting = [together.slice(size)]
    rest = pa.concat_tables(waiting) if waiting else None
    if rest is not None and len(rest):
        yield Batch(rest, before, stored.decimal, stored.line_of)


def _size(columns: Sequence[str]) -> int:
    return max(1, min(_ROWS, _VALUES // max(1, len(columns))))
