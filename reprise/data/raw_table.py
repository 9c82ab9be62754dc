"""Raw tables: whatever `data` names, column by column."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from reprise.data.formats.arrow_file import read_arrow
from reprise.data.formats.delta_table import is_delta, read_delta, settled
from reprise.data.formats.formats import read_file
from reprise.data.formats.stored_table import RawTable, StoredTable, stored_in_memory, told_more
from reprise.data.inputs import look_up
from reprise.data.read_options import AS_IT_IS, NO_QUERY, ReadOptions
from reprise.data.sources import SKLEARN, check_source, is_database, local_copy
from reprise.errors import RepriseError
from reprise.runtime.progress import Report, silent

SKLEARN_TABLES = ("breast_cancer", "diabetes", "digits", "iris", "wine")
# What readers raise for a file that does not hold to its format.
DAMAGES = (
    ValueError,
    OSError,
    EOFError,
    zlib.error,
    pd.errors.ParserWarning,
    pa.ArrowException,
)


def read_table(source: str) -> pd.DataFrame:
    """Return the whole table behind `source` (see `open_table`), its rows numbered from 0."""
    raw = open_table(source)
    return pd.DataFrame({name: raw[name] for name in raw.columns})


def open_table(source: str, report: Report = silent, asked: ReadOptions = AS_IT_IS) -> RawTable:
    """Return the table behind `source`: text is read now, to disk, other columns on demand.

    `source` is a local path, an http(s)://, s3:// or gs:// URL, a runs:/ URI, delta:<path> or
    sklearn:<name>.
    Raises RepriseError where there is no such table, or it cannot be read or is empty.
    """
    raw = open_stored(source, report, asked).load(report)
    if not (raw.rows and raw.columns):
        raise RepriseError(
            f"a table needs rows and columns, got {raw.rows} rows in '{source}'{_of(asked.query)}: "
            "give a table with data"
        )
    return replace(raw, reading=raw.reading | asked.told(), asked=asked)


def open_stored(source: str, report: Report = silent, asked: ReadOptions = AS_IT_IS) -> StoredTable:
    """The table behind `source` as it is stored, or the rows that a query picks, which is run now.

    Raises RepriseError where there is none, or a line is asked to name columns that have names.
    """
    if asked.query != NO_QUERY and not is_database(source):
        return _guarded(_queried(source, report, asked), source)
    stored = _stored(source, asked)
    if asked.header.is_given and not stored.named_by_line:
        raise RepriseError(
            f"header must be auto where columns have names of their own, got '{asked.header}' for "
            f"'{source}': leave it out"
        )
    return _guarded(stored, source)


def _stored(source: str, asked: ReadOptions) -> StoredTable:
    check_source(source)
    if is_database(source):
        from reprise.data.queries.databases import reading_of

        (rows,) = look_up(source, asked.query).files
        return told_more(read_arrow(Path(rows.path), source, asked), reading_of(asked.query))
    if source.startswith(SKLEARN):
        frame = read_sklearn(source.removeprefix(SKLEARN))
        return stored_in_memory(pa.Table.from_pandas(frame, preserve_index=False), {})
    try:
        if is_delta(source):
            return read_delta(settled(source))
        return read_file(local_copy(source), source, asked)
    except DAMAGES as error:
        raise unreadable(error, source) from None


def _queried(source: str, report: Report, asked: ReadOptions) -> StoredTable:
    """The rows that a query on a file picks; only that file is one whose header was asked for."""
    from reprise.data.queries.named_files import locate
    from reprise.data.queries.on_files import answer
    from reprise.data.queries.statement import DATA, parse

    statement = parse(asked.query)
    paths = locate(statement, source)
    others = replace(AS_IT_IS, missing=asked.missing)
    tables = {DATA: open_stored(source, report, replace(asked, query=NO_QUERY))}
    tables |= {name: open_stored(paths[name], report, others) for name in statement.tables}
    path, reading = answer(statement, tables, paths, report)
    said = {**reading, "query": " ".join(asked.query.split())}
    return told_more(read_arrow(path, source, others), said)


def _guarded(stored: StoredTable, source: str) -> StoredTable:
    """The table, whose damages are said in one line."""

    def load(report: Report) -> RawTable:
        try:
            raw = stored.load(report)
        except DAMAGES as error:
            raise unreadable(error, source) from None
        return replace(raw, read=lambda name: read(raw, name))

    def read(raw: RawTable, name: str) -> pd.Series:
        try:
            return raw[name]
        except DAMAGES as error:
            raise unreadable(error, source) from None

    def batches(names: Sequence[str]) -> Iterator[pa.Table]:
        try:
            yield from stored.batches(names)
        except DAMAGES as error:
            raise unreadable(error, source) from None

    return replace(stored, load=load, batches=batches)


def _of(query: str) -> str:
    return "" if query == NO_QUERY else f' by the query "{query}"'


def read_sklearn(name: str) -> pd.DataFrame:
    """One of scikit-learn's own tables; RepriseError where it is none of them."""
    import sklearn.datasets

    if name not in SKLEARN_TABLES:
        raise RepriseError(
            f"sklearn:<name> must name one of {', '.join(SKLEARN_TABLES)}, "
            f"got '{SKLEARN}{name}': choose one"
        )
    return getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame


def unreadable(error: Exception, source: str) -> RepriseError:
    """What to say of a file that is no table."""
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return RepriseError(
        f"data must be a table (CSV or other text, Parquet, Arrow, JSON, a workbook), "
        f"got '{source}' ({reason}): mend it"
    )
