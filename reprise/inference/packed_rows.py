"""Rows of CSV and Parquet bodies: what a body holds is known before it is unpacked."""

import csv
import io
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reprise.data.formats.csv_types import fields_of_kind
from reprise.inference.bounds import BadRequest, Bounds
from reprise.inference.parquet_pages import unpacked_bytes

# A name for each field of a header costs a hundred times the field.
_MOST_COLUMNS = 10_000


def rows_of_csv(body: bytes, bounds: Bounds) -> pd.DataFrame:
    """The model's columns of a CSV; raises BadRequest."""
    bounds.check_values(body.count(b",") + body.count(b"\n") + body.count(b"\r"))
    try:
        lines = csv.reader(io.TextIOWrapper(io.BytesIO(body), "utf-8-sig", newline=""))
        written = (line for line in lines if len(line) > 1 or "".join(line).strip())
        header = next(written, [])
        _check_names(header, len(bounds.kinds))
        # pandas holds later rows against the first, and cuts that one off.
        if len(first := next(written, [])) > len(header):
            raise ValueError(f"{len(header)} columns, but {len(first)} values in the first row")
        table = pd.read_csv(
            io.BytesIO(body),
            dtype="str",
            keep_default_na=False,
            index_col=False,
            encoding="utf-8-sig",
        )
    except (ValueError, csv.Error) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadRequest(f"a body must be CSV in UTF-8, got what is none ({reason})") from None
    columns = {
        name: fields_of_kind(pa.array(table[name], pa.string()), kind, ".").to_pandas()
        for name, kind in bounds.kinds.items()
        if name in table
    }
    return pd.DataFrame(columns, index=table.index)


def rows_of_parquet(body: bytes, bounds: Bounds) -> pd.DataFrame:
    """The model's columns of a Parquet file; raises BadRequest."""
    try:
        with pq.ParquetFile(pa.BufferReader(body)) as file:
            schema = file.schema_arrow
            _check_names(schema.names, len(bounds.kinds))
            known = [schema.field(name) for name in bounds.kinds if name in schema.names]
            _check_plain(known)
            bounds.check_rows(file.metadata.num_rows)
            names = [field.name for field in known]
            bounds.check_unpacked(unpacked_bytes(body, file.metadata, names))
        texts = [field.name for field in known if _is_text(field.type)]
        # A text that a million rows share stays one until it is known how long all of them are.
        with pq.ParquetFile(pa.BufferReader(body), read_dictionary=texts) as file:
            table = file.read(columns=names).select(names)
        table.validate(full=True)  # texts that are no UTF-8, places outside of a dictionary
    except (pa.ArrowException, OSError, ValueError):
        raise BadRequest("a body must be Parquet, got what is none") from None
    bounds.check_rows(len(table))
    bounds.check_unpacked(sum(_letters(table.column(name)) for name in texts))
    for place, name in enumerate(names):
        column = table.column(name)
        if name in texts and pa.types.is_dictionary(column.type):
            table = table.set_column(place, name, column.cast(column.type.value_type))
    return pd.DataFrame({name: _values(table.column(name), name) for name in names})


def _values(column: pa.ChunkedArray, name: str) -> pd.Series:
    try:
        return column.to_pandas(date_as_object=False)
    except (pa.ArrowException, ValueError) as error:  # a time zone that nobody knows, say
        raise BadRequest(
            f"column '{name}' must hold values that can be read, got {column.type} ({error})",
            column=name,
        ) from None


def _check_names(names: Sequence[str], known: int) -> None:
    if len(names) > max(_MOST_COLUMNS, 2 * known):
        raise BadRequest(
            f"a body must have at most {_MOST_COLUMNS:,} columns, got {len(names):,}: "
            "leave out those that the model does not know",
            413,
        )
    repeated = [name for name, count in Counter(names).items() if name and count > 1]
    if repeated:
        raise BadRequest(f"a body must have each column once, got '{repeated[0]}' more than once")


def _check_plain(fields: Sequence[pa.Field]) -> None:
    for field in fields:
        if pa.types.is_nested(field.type) and not pa.types.is_dictionary(field.type):
            raise BadRequest(f"column '{field.name}' must hold plain values, got {field.type}")


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(value)
        or pa.types.is_large_string(value)
        or pa.types.is_binary(value)
        or pa.types.is_large_binary(value)
    )


def _letters(column: pa.ChunkedArray) -> int:
    """Bytes of the texts of a column, each as often as it stands there."""
    count = 0
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            sizes = np.asarray(pc.fill_null(pc.binary_length(chunk.dictionary), 0), dtype="int64")
            times = np.bincount(
                np.asarray(chunk.indices.drop_null(), dtype="int64"), minlength=len(sizes)
            )
            count += int(sizes @ times)
        else:
            count += chunk.nbytes
    return count
