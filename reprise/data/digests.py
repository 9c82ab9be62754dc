"""Digests over content: the same values give the same sha256, however they were stored."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def digest_json(value: Any) -> str:
    """sha256 of a JSON value, its keys in order."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def canonical_json(value: Any) -> bytes:
    """A JSON value in the one way to write it: keys in order, no blanks, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def digest_arrays(arrays: Iterable[np.ndarray | str]) -> str:
    """sha256 over the type, shape and bytes of each array (or text) in order."""
    digest = hashlib.sha256()
    for item in arrays:
        if isinstance(item, str):
            text = item.encode()
            digest.update(f"str{len(text)}:".encode() + text)
            continue
        array = np.ascontiguousarray(item)
        if array.dtype.hasobject:
            raise TypeError(f"arrays of plain numbers have digests, got dtype {array.dtype}")
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def digest_table(table: pd.DataFrame) -> str:
    """sha256 over column names, types, values and row order of `table`.

    Independent of file format, compression, chunking and index. Missing values count as missing,
    whatever stood beneath them.
    """
    columns = (table.iloc[:, [position]] for position in range(table.shape[1]))
    # One column at a time: a second copy of the whole table would double the memory.
    arrow = (pa.Table.from_pandas(column, preserve_index=False) for column in columns)
    return digest_columns(
        len(table), ((one.column_names[0], _digest_column(one.column(0))) for one in arrow)
    )


def digest_columns(rows: int, columns: "Iterable[tuple[str, ColumnDigest]]") -> str:
    """The digest of a table with that many rows whose columns, by name, have these digests."""
    digest = hashlib.sha256(str(rows).encode())
    for name, column in columns:
        digest.update(json.dumps([name, column.type]).encode())
        digest.update(column.hexdigest().encode())
    return digest.hexdigest()


def _digest_column(column: pa.ChunkedArray) -> "ColumnDigest":
    digest = ColumnDigest(column.type)
    for chunk in column.chunks:
        digest.update(chunk)
    return digest


class ColumnDigest:
    """sha256 over missing-value flags, lengths and bytes of a column, fed block by block.

    Each stream has a hash of its own, so the borders of blocks leave no trace.
    """

    def __init__(self, kind: pa.DataType) -> None:
        self.type = str(kind).removeprefix("large_")
        self._plain = _plain_type(kind)
        self._streams = [hashlib.sha256() for _ in range(3)]

    def update(self, block: pa.Array) -> None:
        """Add the next values of the column."""
        missing, lengths, values = self._streams
        block = block.cast(self._plain)
        missing.update(np.asarray(pc.is_null(block)).tobytes())
        if pa.types.is_large_binary(block.type):
            filled = pc.fill_null(block, b"")
            lengths.update(np.asarray(pc.binary_length(filled), dtype="<i8").tobytes())
            values.update(_text_bytes(filled))
        else:
            values.update(np.ascontiguousarray(pc.fill_null(block, 0)).data)

    def hexdigest(self) -> str:
        """The digest of what was added so far."""
        return "".join(stream.hexdigest() for stream in self._streams)


def _text_bytes(array: pa.LargeBinaryArray) -> memoryview:
    """The bytes of all values, one after the other, without making Python objects."""
    _, offset_buffer, data = array.buffers()
    if data is None or len(array) == 0:
        return memoryview(b"")
    offsets = np.frombuffer(offset_buffer, dtype="<i8")[array.offset :]
    return memoryview(data)[offsets[0] : offsets[len(array)]]


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The number that a value is stored as, or bytes where it is text."""
    if pa.types.is_boolean(kind):
        return pa.uint8()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return kind
    if pa.types.is_temporal(kind):
        return pa.int64()
    return pa.large_binary()
