"""What a query gives: rows as Arrow, in the types that a table's reader has, in a file on disk."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from reprise.data.digests import ColumnDigest, digest_columns
from reprise.data.formats.stored_table import check_names
from reprise.errors import RepriseError
from reprise.runtime.scratch import scratch_file


def as_table(query: str) -> str:
    """The query within another, where a database takes nothing that is no SELECT."""
    return f"select * from (\n{query.strip().rstrip(';')}\n) as picked"


def write_rows(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Path:
    """Write the rows of a query to an Arrow file that goes with the process; return its path.

    RepriseError for values that no column of a table can hold.
    """
    check_names(schema.names, "query")
    plain = pa.schema([(field.name, _plain_type(field)) for field in schema])
    path = _written(plain, batches)
    spelled = [field.name for field in schema if _is_spelled(field.type)]
    if not spelled:
        return path
    kinds = {name: _narrowest(path, name) for name in spelled}
    narrow = pa.schema([(field.name, kinds.get(field.name, field.type)) for field in plain])
    return _written(narrow, rows_of(path))


def _written(plain: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Path:
    path = scratch_file()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, plain) as writer:
        for batch in batches:
            columns = [_plain(*each) for each in zip(batch.columns, plain, strict=True)]
            writer.write_batch(pa.record_batch(columns, schema=plain))
    return path


def rows_of(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows that `write_rows` wrote, in their order."""
    with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as file:
        for number in range(file.num_record_batches):
            yield file.get_batch(number)


def digest_rows(path: Path) -> str:
    """sha256 over names, types and values of the rows in their order, however they lie on disk."""
    with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as file:
        schema = file.schema
    nested = [pa.types.is_nested(kind) for kind in schema.types]
    digests = [ColumnDigest(kind) for kind in schema.types]
    count = 0
    for batch in rows_of(path):
        count += len(batch)
        for digest, column, is_nested in zip(digests, batch.columns, nested, strict=True):
            digest.update(_as_text(column) if is_nested else column)
    return digest_columns(count, zip(schema.names, digests, strict=True))


def _as_text(values: pa.Array) -> pa.Array:
    texts = [None if one is None else json.dumps(one, default=str) for one in values.to_pylist()]
    return pa.array(texts, pa.large_string())


def _is_spelled(kind: pa.DataType) -> bool:
    """Whether values are numbers that stand as text, as PostgreSQL's numeric ones do."""
    return isinstance(kind, pa.OpaqueType) and kind.type_name == "numeric"


def _narrowest(path: Path, name: str) -> pa.DataType:
    """The type of numbers that holds all of a column, as it would be that of a CSV."""
    for kind in (pa.int64(), pa.uint64()):
        try:
            for batch in rows_of(path):
                pc.cast(batch.column(name), kind)
        except pa.ArrowInvalid:
            continue
        return kind
    return pa.float64()


def _plain_type(field: pa.Field) -> pa.DataType:
    """The type in which the values of a column are kept."""
    kind = field.type
    if isinstance(kind, pa.UuidType):
        return pa.string()
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(field.with_type(kind.storage_type))
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_decimal(kind):
        return pa.float64() if kind.scale else pa.int64()
    if pa.types.is_null(kind):
        return pa.float64()
    if pa.types.is_date(kind):
        return pa.timestamp("ms")
    if pa.types.is_time(kind):
        return pa.string()
    if pa.types.is_interval(kind) or pa.types.is_duration(kind):
        raise RepriseError(
            f"query must give numbers, texts, dates or true/false, got the interval "
            f"'{field.name}': write it as a number of seconds or days"
        )
    return kind


def _plain(values: pa.Array, field: pa.Field) -> pa.Array:
    if isinstance(values.type, pa.UuidType):
        return pa.array([None if one is None else str(one) for one in values.to_pylist()])
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if values.type == field.type:
        return values
    try:
        return pc.cast(values, field.type)
    except pa.ArrowInvalid as error:
        raise RepriseError(
            f"query must give whole numbers of 64 bits, got others in '{field.name}' ({error}): "
            f"cast it to double or to text"
        ) from None
