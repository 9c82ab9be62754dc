"""Columns on disk: written block by block, read back one column at a time."""

import os
import tempfile
import weakref
from collections.abc import Hashable, Iterator
from threading import Lock
from typing import Any

import pyarrow as pa

from reprise.errors import RepriseError


class Spill:
    """Arrow columns in a temporary file without a name, which goes when nobody holds it.

    Threads may append and read at once; the blocks of one column keep the order in which they
    were appended. All blocks of a column have one type.
    """

    def __init__(self) -> None:
        self._file: Any = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed just below)
        weakref.finalize(self, self._file.close)
        self._end = 0
        self._places: dict[Hashable, list[tuple[int, int]]] = {}
        self._schemas: dict[Hashable, pa.Schema] = {}
        self._lock = Lock()

    def append(self, column: Hashable, block: pa.Array) -> None:
        """Add a block to a column; raise RepriseError where the disk has no room for it."""
        batch = pa.record_batch([block], names=["values"])
        content = batch.serialize()
        with self._lock:
            place, self._end = self._end, self._end + content.size
            self._places.setdefault(column, []).append((place, content.size))
            self._schemas.setdefault(column, batch.schema)
        self._write(content, place)

    def blocks(self, column: Hashable) -> Iterator[pa.Array]:
        """The blocks of a column, in order; none for a column without any."""
        for place, size in self._places.get(column, []):
            content = pa.py_buffer(os.pread(self._file.fileno(), size, place))
            yield pa.ipc.read_record_batch(content, self._schemas[column]).column(0)

    def type(self, column: Hashable) -> pa.DataType:
        """The type of a column that has blocks."""
        return self._schemas[column].field(0).type

    def _write(self, content: pa.Buffer, place: int) -> None:
        left = memoryview(content)
        try:
            while left:
                written = os.pwrite(self._file.fileno(), left, place)
                left, place = left[written:], place + written
        except OSError as error:
            raise RepriseError(
                f"the columns of a table need room in {tempfile.gettempdir()}, got {error.strerror}"
                f" after {place:,} bytes: make room, or name another folder in TMPDIR"
            ) from None
