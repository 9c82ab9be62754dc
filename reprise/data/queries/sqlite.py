"""Rows of SQLite, by ADBC: streamed as Arrow, from a file that is opened to be read."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from reprise.data.queries.query_rows import as_table, write_rows
from reprise.errors import RepriseError

SQLITE_BEGINS = b"SQLite format 3\x00"
_READING = (
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
)
# A value of each type: what a column of it is written as where a type has to be shown.
_SAMPLES = {"integer": "0", "real": "0.0", "text": "''", "blob": "x''"}
_COLUMNS_AT_ONCE = 200


def read_rows(data: str, query: str) -> Path:
    """The rows that a query picks, as an Arrow file that goes with the process."""
    import adbc_driver_sqlite.dbapi as driver

    address = f"{_file(data).as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            names, kinds = _columns(connection, query)
        # The driver takes the type of a column from its first rows, which may be missing values.
        samples = ", ".join(_SAMPLES[kind] for kind in kinds)
        typed = f"select {samples} union all {as_table(query)}"
        with closing(driver.connect(address)) as adbc, closing(adbc.cursor()) as cursor:
            cursor.execute(typed)
            rows = cursor.fetch_record_batch()
            schema = pa.schema(zip(names, rows.schema.types, strict=True))
            return write_rows(schema, _without_first(rows, schema))
    except (sqlite3.Error, driver.Error, OSError) as error:
        said = str(error).splitlines()[0]
        raise RepriseError(
            f"query must be a SELECT that SQLite runs, got {said}: correct it"
        ) from None


def _file(data: str) -> Path:
    path = Path(unquote(urlsplit(data).path.removeprefix("/"))).expanduser()
    if not path.is_file():
        where = "" if path.is_absolute() else f", not found in {Path.cwd()}"
        raise RepriseError(
            f"data must exist, got '{data}'{where}: check the path (of /data/x.db: "
            "sqlite:////data/x.db)"
        )
    with path.open("rb") as file:
        if file.read(len(SQLITE_BEGINS)) != SQLITE_BEGINS:
            raise RepriseError(f"data must be an SQLite database, got '{data}': name one")
    return path.absolute()


def _columns(connection: sqlite3.Connection, query: str) -> tuple[list[str], list[str]]:
    """Names and types of a query's columns; RepriseError where one has values of several types."""
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY
    )
    names = [one[0] for one in connection.execute(f"{as_table(query)} limit 0").description]
    # What a table within another calls the second of two columns of one name.
    repeated = [name for name in names if re.sub(r":\d+$", "", name) in {*names} - {name}]
    if repeated:
        raise RepriseError(
            f"column names must differ, got '{repeated[0].rpartition(':')[0]}' twice: "
            "rename one in the query"
        )
    columns = [f"c{number}" for number in range(len(names))]
    kinds = []
    for start in range(0, len(columns), _COLUMNS_AT_ONCE):
        counts = _counts(connection, query, columns, start)
        chosen = zip(names[start:], counts, strict=False)
        kinds += [_kind(name, count) for name, count in chosen]
    return names, kinds


def _counts(
    connection: sqlite3.Connection, query: str, columns: Sequence[str], start: int
) -> list[dict[str, int]]:
    """How many values of which type some columns have."""
    some = columns[start : start + _COLUMNS_AT_ONCE]
    sums = [f"total(typeof({column}) = '{kind}')" for column in some for kind in _SAMPLES]
    table = f"counted({', '.join(columns)}) as ({as_table(query)})"
    text = f"with {table} select {', '.join(sums)} from counted"
    (found,) = connection.execute(text)
    size = len(_SAMPLES)
    return [
        {kind: int(n) for kind, n in zip(_SAMPLES, found[at : at + size], strict=True) if n}
        for at in range(0, len(found), size)
    ]


def _kind(name: str, counts: dict[str, int]) -> str:
    """The type that holds all values: whole numbers beside fractions are numbers."""
    if set(counts) == {"integer", "real"}:
        return "real"
    if len(counts) > 1:
        told = " and ".join(f"{count} {kind}" for kind, count in counts.items())
        raise RepriseError(
            f"query must give values of one type in a column, got {told} in '{name}': "
            f"cast it, as in cast({name} as text)"
        )
    return next(iter(counts), "real")


def _without_first(rows: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    left = 1
    for batch in rows:
        yield pa.record_batch(batch.slice(left).columns, schema=schema)
        left = 0
