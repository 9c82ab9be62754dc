"""How many rows of one stored table another has not, in memory of a few bytes a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from pandas.util import hash_pandas_object

_BATCH = 65_536


@dataclass(frozen=True)
class RowChange:
    """Rows that only the later table has, and that only the earlier has, repeated ones counted.

    `moved` rows are in both, in another part. `columns` is None where both tables have the same
    columns, else the number of columns that they share and that rows were compared by.
    """

    added: int
    removed: int
    moved: int = 0
    columns: int | None = None

    def phrases(self) -> list[str]:
        """What to say of it; nothing where there is no change."""
        found = [
            f"{_rows(count)} {what}"
            for count, what in ((self.added, "added"), (self.removed, "removed"))
            if count
        ]
        if self.moved:
            found.append(f"{_rows(self.moved)} moved to another part")
        by = "" if self.columns is None else f", by the {self.columns} columns that both have"
        return [f"{', '.join(found)}{by}"] if found else []


def compare_rows(old: Mapping[str, Path], new: Mapping[str, Path]) -> RowChange:
    """Compare the rows of two tables, each given as Parquet files (or folders of them) by part.

    A row is known by its values alone, so a row with one value changed is one row removed and one
    added. Rows are 64-bit hashes: tables of a million rows collide with odds of 1 in 10 million.
    """
    schemas = [[ds.dataset(path).schema for path in parts.values()] for parts in (old, new)]
    types = _shared_types(schemas[0], schemas[1])
    names = [[field.name for field in side[0]] for side in schemas]
    columns = None if set(names[0]) == set(names[1]) else len(types)
    before, after = (
        {name: _row_hashes(path, types) for name, path in parts.items()} for parts in (old, new)
    )
    added, removed = _only_in_one(_joined(before), _joined(after))
    by_part = sum(
        _only_in_one(before.get(name, _NONE), after.get(name, _NONE))[0]
        for name in {*before, *after}
    )
    return RowChange(added, removed, by_part - added, columns)


def rows_among(part: Path, others: Sequence[Path]) -> np.ndarray:
    """Which rows of a Parquet file any of the others have too, by value: bool of shape (rows,).

    Rows are compared by the columns that all files share.
    """
    types = _shared_types([ds.dataset(part).schema], [ds.dataset(path).schema for path in others])
    known = np.concatenate([_NONE, *(_row_hashes(path, types) for path in others)])
    return np.isin(_row_hashes(part, types), known)


_NONE = np.empty(0, dtype="uint64")


def _joined(parts: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([_NONE, *parts.values()])


def _row_hashes(path: Path, types: Mapping[str, pa.DataType]) -> np.ndarray:
    """A hash of each row over these columns, read as these types, a batch at a time."""
    if not types:
        return np.zeros(ds.dataset(path).count_rows(), dtype="uint64")
    schema = pa.schema(types.items())
    batches = ds.dataset(path).to_batches(columns=list(types), batch_size=_BATCH)
    hashes = [
        hash_pandas_object(_filled(pa.Table.from_batches([batch]).cast(schema)), index=False)
        for batch in batches
        if batch.num_rows
    ]
    return np.concatenate([_NONE, *(values.to_numpy() for values in hashes)])


def _filled(table: pa.Table) -> pd.DataFrame:
    """The table in pandas, whole numbers and booleans with a flag beside them for missing ones.

    pandas would store them otherwise in a batch with missing values, and their hash with them.
    """
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
            columns[f"{name} is missing"] = column.is_null()
            column = column.fill_null(pa.scalar(0).cast(column.type))
        columns[name] = column
    return pa.table(columns).to_pandas()


def _shared_types(old: list[pa.Schema], new: list[pa.Schema]) -> dict[str, pa.DataType]:
    """The columns that all files have, with a type that fits all: its own, a number, or text."""
    types: dict[str, pa.DataType] = {}
    for name in sorted(set.intersection(*(set(schema.names) for schema in (*old, *new)))):
        kinds = {schema.field(name).type for schema in (*old, *new)}
        if len(kinds) == 1:
            types[name] = kinds.pop()
        elif all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
            types[name] = pa.float64()
        else:
            types[name] = pa.large_string()
    return types


def _only_in_one(old: np.ndarray, new: np.ndarray) -> tuple[int, int]:
    """(how many of `new` are not in `old`, how many of `old` not in `new`), as multisets."""
    before, counts_before = np.unique(old, return_counts=True)
    after, counts_after = np.unique(new, return_counts=True)
    _, at_before, at_after = np.intersect1d(before, after, assume_unique=True, return_indices=True)
    shared = int(np.minimum(counts_before[at_before], counts_after[at_after]).sum())
    return len(new) - shared, len(old) - shared


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
