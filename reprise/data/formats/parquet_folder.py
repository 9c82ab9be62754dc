"""Folders and patterns of Parquet files, which are one table; partitions are columns of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from reprise.data.folders import Folder, check_parts, folder_at, listed, without_copies
from reprise.data.formats.csv_types import read_column
from reprise.data.formats.parquet_file import is_index
from reprise.data.formats.scanned import stored_dataset
from reprise.data.formats.stored_table import Reading, StoredTable, check_names
from reprise.errors import RepriseError

# What Hive writes for a missing value.
_MISSING = "__HIVE_DEFAULT_PARTITION__"
# Leading zeros make a code (00501), but for months and days.
_CODE = re.compile(r"[-+]?0\d\d+")


@dataclass
class _Column:
    """A column of several files: the type for all, those that they have, and how many have it."""

    type: pa.DataType
    first: str
    types: list[pa.DataType]
    files: int = 0


def read_folder(path: Path, source: str) -> StoredTable:
    """The table of all Parquet files of a folder, or that match a pattern, one after the other.

    Their columns and types are unified where nothing is lost by it. Raises RepriseError that names
    the file and column where something would be, and a file that is no Parquet.
    """
    folder = folder_at(str(path))
    check_parts(folder, source)
    folder, copies = without_copies(folder)
    columns = _unified(folder, source)
    partitions = _partitions(folder, source, columns)
    schema = pa.schema([*((name, one.type) for name, one in columns.items()), *partitions])
    dataset = ds.dataset(
        folder.paths,
        schema=schema,
        format="parquet",
        partitioning=ds.partitioning(pa.schema(partitions), flavor="hive"),
        partition_base_dir=folder.root,
    )
    reading = _told(folder, columns, [name for name, _ in partitions])
    if copies:
        reading["copies of files beside them, not read"] = listed(copies)
    return stored_dataset(dataset, reading, source)


def _unified(folder: Folder, source: str) -> dict[str, _Column]:
    """The columns of all parts, each in a type that holds the values of all."""
    columns: dict[str, _Column] = {}
    for part, schema in zip(folder.parts, _schemas(folder, source), strict=True):
        check_names(schema.names, part)
        for name, kind in zip(schema.names, schema.types, strict=True):
            if is_index(name):
                continue
            plain = kind.value_type if pa.types.is_dictionary(kind) else kind
            column = columns.setdefault(name, _Column(plain, part, [plain]))
            if plain not in column.types:
                column.type = _common(name, column, plain, part)
                column.types.append(plain)
            column.files += 1
    return columns


def _schemas(folder: Folder, source: str) -> Iterator[pa.Schema]:
    for part, path in zip(folder.parts, folder.paths, strict=True):
        try:
            yield pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            reason = str(error).splitlines()[0]
            raise RepriseError(
                f"the files of a folder must be Parquet, got '{part}' in '{source}' ({reason}): "
                "mend it, or choose files by a pattern ('…/*.parquet')"
            ) from None


def _common(name: str, column: _Column, other: pa.DataType, part: str) -> pa.DataType:
    """The type that holds the values of both; one that a value does not fit says so when read."""
    kinds = (column.type, other)
    try:
        if any(map(pa.types.is_decimal, kinds)) and any(map(pa.types.is_floating, kinds)):
            raise pa.ArrowTypeError("decimals lose digits as floats")
        schemas = [pa.schema([(name, kind)]) for kind in kinds]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        raise RepriseError(
            f"parts of a table must have one type a column, got {other} for '{name}' in '{part}' "
            f"beside {column.type} in '{column.first}': write one of them anew"
        ) from None


def _partitions(
    folder: Folder, source: str, known: Mapping[str, _Column]
) -> list[tuple[str, pa.DataType]]:
    """The columns that stand in the names of folders (`c=north/`), but for those of the files."""
    values = [_keys(part) for part in folder.parts]
    names = list(values[0])
    for part, keys in zip(folder.parts, values, strict=True):
        if list(keys) != names:
            raise RepriseError(
                f"the files of a folder must lie in the same partitions, got '{part}' beside "
                f"'{folder.parts[0]}' in '{source}': choose files by a pattern"
            )
    columns = {name: [keys[name] for keys in values] for name in names if name not in known}
    return [(name, _partition_type(fields)) for name, fields in columns.items()]


def _keys(part: str) -> dict[str, str]:
    named = (name.partition("=") for name in part.split("/")[:-1] if "=" in name)
    return {unquote(name): unquote(value) for name, _, value in named}


def _partition_type(fields: list[str]) -> pa.DataType:
    """The type that a CSV's column of these fields would have."""
    present = [field for field in fields if field != _MISSING]
    if not present or any(_CODE.fullmatch(field) for field in present):
        return pa.string()
    found = pa.array(read_column("", lambda: iter([pa.array(present)]), ".")).type
    return pa.string() if pa.types.is_large_string(found) else found


def _told(folder: Folder, columns: Mapping[str, _Column], partitions: Sequence[str]) -> Reading:
    files = len(folder.parts)
    reading: Reading = {"files": f"{files:,} of Parquet"}
    if partitions:
        reading["from names of folders"] = ", ".join(f"'{name}'" for name in partitions)
    found = [
        f"'{name}' ({', '.join(map(str, one.types))}) as {one.type}"
        for name, one in columns.items()
        if len(one.types) > 1
    ]
    lacking = [
        f"'{name}' missing in {files - one.files:,}"
        for name, one in columns.items()
        if one.files < files
    ]
    left_out = list(folder.left_out)
    told = {
        "types of files made one": found,
        "not in all files": lacking,
        "files left out": left_out,
    }
    return reading | {what: listed(names) for what, names in told.items() if names}
