"""Raw rows of a table that need not fit into memory, in the kinds that a model asks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from reprise.columns import plain_values
from reprise.errors import RepriseError
from reprise.predictor import ColumnKind, WrongValue
from reprise.raw.delimited import Dialect, find_dialect, raw_fields
from reprise.raw.fetching import SKLEARN, check_source, local_copy
from reprise.raw.literals import fields_of_kind
from reprise.raw.reading import INDEX, check_names, read_sklearn, unreadable

# Rows that are predicted at once, fewer of a wide table.
_ROWS = 1 << 16
_VALUES = 4 << 20


@dataclass(frozen=True)
class Batch:
    """Some rows of a table, as their source has them; `before` rows come before them.

    `decimal` is the decimal mark of a CSV, whose fields are text; None where values have types.
    """

    table: pa.Table
    before: int
    decimal: str | None

    def plain(self, kinds: Mapping[str, ColumnKind]) -> pd.DataFrame:
        """These columns in the form of their kinds; RepriseError names a value of another kind."""
        try:
            return pd.DataFrame({name: self._plain(name, kind) for name, kind in kinds.items()})
        except WrongValue as error:
            raise RepriseError(f"{error.after(self.before)}: mend it") from None

    def _plain(self, name: str, kind: ColumnKind) -> pd.Series:
        column = self.table.column(name).combine_chunks()
        if self.decimal is not None:
            column = fields_of_kind(column, kind, self.decimal)
        # Dates as Python objects would take ten times the room.
        values = column.to_pandas(date_as_object=False)
        return plain_values(values.rename(name), kind)


@dataclass(frozen=True)
class Rows:
    """A table read from its start to its end: its columns, and its rows in batches.

    `read` is given the columns that are wanted; it raises RepriseError for what is no table.
    """

    columns: list[str]
    read: Callable[[Sequence[str]], Iterator[Batch]]


def open_rows(source: str) -> Rows:
    """The rows behind a path, http(s)/s3/gs URL, runs:/ URI or sklearn:<name>; none is read yet.

    Raises RepriseError where there is no such table, or it cannot be read.
    """
    check_source(source)
    if source.startswith(SKLEARN):
        frame = read_sklearn(source.removeprefix(SKLEARN))
        table = pa.Table.from_pandas(frame, preserve_index=False)
        return Rows(table.column_names, lambda names: _batches([table.select(names)], None))
    path = local_copy(source)
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == b"PAR1":
            return _parquet(path, source)
        return _csv(find_dialect(path), source)
    except (ValueError, OSError, EOFError) as error:
        raise unreadable(error, source) from None


def _parquet(path: Path, source: str) -> Rows:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        columns = [name for name in file.schema_arrow.names if not INDEX.fullmatch(name)]
    check_names(columns, source)

    def tables(names: Sequence[str]) -> Iterator[pa.Table]:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_size(names), columns=list(names)):
                yield pa.Table.from_batches([batch]).select(list(names))

    return Rows(columns, lambda names: _readable(_batches(tables(names), None), source))


def _csv(dialect: Dialect, source: str) -> Rows:
    check_names(dialect.header, source)

    def tables(names: Sequence[str]) -> Iterator[pa.Table]:
        for fields in raw_fields(dialect, [dialect.names.index(name) for name in names]):
            yield pa.table(fields, names=list(names))

    return Rows(
        dialect.names, lambda names: _readable(_batches(tables(names), dialect.decimal), source)
    )


def _batches(
    tables: Iterator[pa.Table] | Sequence[pa.Table], decimal: str | None
) -> Iterator[Batch]:
    """Batches of one size, whatever the size of the tables: a call of a model has its price."""
    waiting: list[pa.Table] = []
    before = 0
    for table in tables:
        waiting.append(table)
        size = _size(table.column_names)
        while sum(len(each) for each in waiting) >= size:
            together = pa.concat_tables(waiting)
            yield Batch(together.slice(0, size), before, decimal)
            before += size
            waiting = [together.slice(size)]
    rest = pa.concat_tables(waiting) if waiting else None
    if rest is not None and len(rest):
        yield Batch(rest, before, decimal)


def _size(columns: Sequence[str]) -> int:
    return max(1, min(_ROWS, _VALUES // max(1, len(columns))))


def _readable(batches: Iterator[Batch], source: str) -> Iterator[Batch]:
    try:
        yield from batches
    except (ValueError, OSError, EOFError, pd.errors.ParserWarning) as error:
        raise unreadable(error, source) from None
