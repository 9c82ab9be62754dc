"""Rows that a query picks in a database: read to a file of this machine."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from reprise.data.formats.stored_table import Reading
from reprise.data.queries import postgresql, sqlite
from reprise.data.read_options import NO_QUERY
from reprise.data.sources import check_source
from reprise.errors import RepriseError

_READERS: dict[str, Callable[[str, str], Path]] = {
    "postgresql": postgresql.read_rows,
    "postgres": postgresql.read_rows,
    "sqlite": sqlite.read_rows,
}
_NO_WORDS = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


def read_database(data: str, query: str) -> Path:
    """The rows, as an Arrow file that goes with the process.

    RepriseError where the database cannot be reached, or says no.
    """
    check_source(data)
    if query == NO_QUERY:
        raise RepriseError(
            f"query must say which rows of a database are meant, got '{query}' for '{data}': "
            'give one, as in query="select * from sales order by id"'
        )
    return _READERS[urlsplit(data).scheme](data, query)


def reading_of(query: str) -> Reading:
    """What is to be said of rows of a database."""
    said = {"query": " ".join(query.split())}
    if re.search(r"\border\s+by\b", _NO_WORDS.sub(" ", query), re.IGNORECASE):
        return said
    return said | {"order of rows": "as the database gave them, for want of an ORDER BY"}
