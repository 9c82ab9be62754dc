"""Rows of PostgreSQL, by ADBC: streamed as Arrow, in a transaction that reads."""

import re
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from reprise.data.queries.query_rows import as_table, write_rows
from reprise.errors import RepriseError

# The last two have a query without ORDER BY, and sums of floats, come out the same on rows that
# nobody changes: scans begin at the start, and nothing runs side by side.
_SETTINGS = (
    "set transaction isolation level repeatable read, read only",
    "set local time zone 'UTC'",
    "set local synchronize_seqscans = off",
    "set local max_parallel_workers_per_gather = 0",
)
_UNKNOWN = {"money": "numeric"}


def read_rows(data: str, query: str) -> Path:
    """The rows that a query picks, as an Arrow file that goes with the process."""
    import adbc_driver_postgresql.dbapi as driver

    try:
        connection = driver.connect(data)
    except driver.Error as error:
        raise RepriseError(
            f"data must be a database that can be reached, got '{data}' ({_said(error)}): check "
            "the address, PGUSER, PGPASSWORD or ~/.pgpass, and the server"
        ) from None
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            for setting in _SETTINGS:
                cursor.execute(setting)
            cursor.execute(as_table(query))
            rows = cursor.fetch_record_batch()
            for field in rows.schema:
                _check_type(field)
            return write_rows(rows.schema, rows)
    except (driver.Error, pa.ArrowException, OSError) as error:
        raise RepriseError(
            f"query must be a SELECT that PostgreSQL runs, got {_said(error)}: correct it"
        ) from None


def _check_type(field: pa.Field) -> None:
    """Raise RepriseError for a type whose values come as bytes, or without their unit."""
    name = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    opaque = isinstance(field.type, pa.OpaqueType) and pa.types.is_binary(field.type.storage_type)
    if opaque or name in _UNKNOWN:
        kind = _UNKNOWN.get(name, "text")
        raise RepriseError(
            f"query must give numbers, texts, dates or true/false, got '{field.name}' of type "
            f"{name}: write it as {field.name}::{kind}"
        )


def _said(error: Exception) -> str:
    """What the server says, with its hint; else what the driver does."""
    text = str(error)
    found = re.search(r"(?:ERROR|FATAL):\s+([^\n]+)", text)
    hint = re.search(r"HINT:\s+([^\n]+)", text)
    said = found[1] if found else text.splitlines()[0].rpartition("Failed to connect: ")[2]
    return f"{said} ({hint[1].rstrip('.')})" if hint else said
