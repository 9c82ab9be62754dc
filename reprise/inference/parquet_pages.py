"""How large the pages of a Parquet file become, from their headers: its footer may say anything.

Headers are Thrift structs in the compact protocol (thrift-compact-protocol.md of Apache Thrift),
with the fields of PageHeader in parquet.thrift of Apache Parquet.
"""

from collections.abc import Iterator, Sequence
from typing import Any

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_WHOLE = (4, 5, 6)
_UNPACKED_SIZE, _PACKED_SIZE = 2, 3  # fields of PageHeader
_MOST_PAGES = 100_000
_DEEPEST = 8


def unpacked_bytes(body: bytes, metadata: Any, names: Sequence[str]) -> int:
    """Bytes of all pages of these columns; ValueError where they are none."""
    wanted = frozenset(names)
    size = pages = 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for number in range(row_group.num_columns):
            chunk = row_group.column(number)
            if chunk.path_in_schema not in wanted:
                continue
            if chunk.num_values != row_group.num_rows:
                raise ValueError("a column has other rows than its table")
            for unpacked in _pages(body, chunk):
                size, pages = size + unpacked, pages + 1
                if pages > _MOST_PAGES:
                    raise ValueError("too many pages")
    return size


def _pages(body: bytes, chunk: Any) -> Iterator[int]:
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        start = min(start, chunk.dictionary_page_offset)
    end = start + chunk.total_compressed_size
    if not 0 <= start <= end <= len(body):
        raise ValueError("a column is outside of its file")
    while start < end:
        header = _Compact(body, start)
        fields = header.numbers()
        unpacked, packed = fields.get(_UNPACKED_SIZE, -1), fields.get(_PACKED_SIZE, -1)
        if unpacked < 0 or packed < 0:
            raise ValueError("a page has no size")
        yield unpacked
        start = header.place + packed


class _Compact:
    """A reader of one struct, of whose fields only whole numbers are wanted."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self.place = place

    def numbers(self, depth: int = 0) -> dict[int, int]:
        """The whole numbers among a struct's fields; the rest is passed over."""
        if depth > _DEEPEST:
            raise ValueError("a page header is nested too deeply")
        found: dict[int, int] = {}
        field = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            field = field + step if step else self._signed()
            if kind in _WHOLE:
                found[field] = self._signed()
            else:
                self._pass_over(kind, depth, inside=False)
        return found

    def _pass_over(self, kind: int, depth: int, inside: bool) -> None:
        if kind in (_TRUE, _FALSE):
            self.place += inside  # as a field its type is its value
        elif kind == _BYTE:
            self.place += 1
        elif kind in _WHOLE:
            self._unsigned()
        elif kind == _DOUBLE:
            self.place += 8
        elif kind == _BINARY:
            size = self._unsigned()
            self.place += size
        elif kind in (_LIST, _SET):
            head = self._byte()
            size = self._unsigned() if head >> 4 == 15 else head >> 4
            for _ in range(size):
                self._pass_over(head & 15, depth + 1, inside=True)
        elif kind == _STRUCT:
            self.numbers(depth + 1)
        else:
            raise ValueError("a page header has an unknown type")

    def _byte(self) -> int:
        if self.place >= len(self._data):
            raise ValueError("a page header has no end")
        value = self._data[self.place]
        self.place += 1
        return value

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a page header has too long a number")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
