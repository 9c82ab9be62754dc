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
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


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
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    digest = hashlib.sha256(str(arrow.num_rows).encode())
    for name, column in zip(arrow.column_names, arrow.columns, strict=True):
        digest.update(json.dumps([name, _type_name(column.type)]).encode())
        digest.update(_digest_column(column).encode())
    return digest.hexdigest()


def _digest_column(column: pa.ChunkedArray) -> str:
    """sha256 over missing-value flags, lengths and bytes, each stream on its own.

    Streams are fed chunk by chunk, so chunk borders leave no trace.
    """
    missing, lengths, values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    for chunk in column.cast(_plain_type(column.type)).chunks:
        missing.update(np.asarray(pc.is_null(chunk)).tobytes())
        if pa.types.is_large_binary(chunk.type):
            filled = pc.fill_null(chunk, b"")
            lengths.update(np.asarray(pc.binary_length(filled), dtype="<i8").tobytes())
            values.update(_text_bytes(filled))
        else:
            values.update(np.asarray(pc.fill_null(chunk, 0)).tobytes())
    return missing.hexdigest() + lengths.hexdigest() + values.hexdigest()


def _text_bytes(array: pa.LargeBinaryArray) -> memoryview:
    """The bytes of all values, one after the other, without making Python objects."""
    _, offset_buffer, data = array.buffers()
    if data is None or len(array) == 0:
        return memoryview(b"")
    offsets = np.frombuffer(offset_buffer, dtype="<i8")[array.offset :]
    return memoryview(data)[offsets[0] : offsets[len(array)]]


def _type_name(kind: pa.DataType) -> str:
    return str(kind).removeprefix("large_")


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The number that a value is stored as, or bytes where it is text."""
    if pa.types.is_boolean(kind):
        return pa.uint8()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return kind
    if pa.types.is_temporal(kind):
        return pa.int64()
    return pa.large_binary()
