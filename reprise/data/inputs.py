"""What a run reads: the file behind `data`, those that its query names, or a database's rows."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from reprise.data.digests import digest_json
from reprise.data.read_options import NO_QUERY
from reprise.data.source_file import SourceFile, digested, known_source, take_over
from reprise.data.sources import is_database
from reprise.errors import hidden


@dataclass(frozen=True)
class Inputs:
    """Files as they were read, that of `data` first."""

    files: tuple[SourceFile, ...]

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Self:
        """Those that `to_json` gave."""
        return cls(tuple(map(SourceFile.of_json, values["files"])))

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for another process of this machine."""
        return asdict(self)

    def take_over(self) -> None:
        """Know the files as another process of this machine has read them."""
        for file in self.files:
            take_over(file)

    @property
    def named(self) -> str:
        """The source, with the version that was read of a table that keeps versions.

        As all may read it: without secrets of a URL.
        """
        return hidden(self.files[0].named)

    @property
    def digest(self) -> str:
        """sha256 over the content of all of them: that of the file where there is one."""
        digests = [file.digest for file in self.files]
        return digests[0] if len(digests) == 1 else digest_json(digests)

    def confirm(self) -> None:
        """Raise RepriseError where one is not, after reading, what it was before."""
        for file in self.files:
            file.confirm()


def look_up(data: str, query: str = NO_QUERY) -> Inputs:
    """What there is to read, with its digests; RepriseError where something is missing."""
    if is_database(data):
        return Inputs((_rows_in(data, query),))
    return Inputs((digested(data), *map(digested, _joined(data, query))))


def known_inputs(data: str, query: str = NO_QUERY) -> Inputs | None:
    """What this process knows of it; None where it has not read all of it."""
    names = [_name(data, query)] if is_database(data) else [data, *_joined(data, query)]
    files = [known_source(name) for name in names]
    found = tuple(file for file in files if file is not None)
    return Inputs(found) if len(found) == len(files) else None


def _rows_in(data: str, query: str) -> SourceFile:
    """The rows of a database, as they were when they were first asked for; they are a file then."""
    known = known_source(_name(data, query))
    if known is not None:
        return known
    from reprise.data.queries.databases import read_database
    from reprise.data.queries.query_rows import digest_rows

    path = read_database(data, query)
    read = SourceFile(_name(data, query), str(path), digest_rows(path), (), time.time_ns())
    take_over(read)
    return read


def _name(data: str, query: str) -> str:
    return f"{data}\n{query}"


def _joined(data: str, query: str) -> list[str]:
    """The files that a query names beside `data`."""
    if query == NO_QUERY:
        return []
    from reprise.data.queries.named_files import locate
    from reprise.data.queries.statement import parse

    return list(dict.fromkeys(locate(parse(query), data).values()))
