"""A raw table becomes a prepared one: column by column, so that it need not fit into memory."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from reprise.advance import Advance, Report, Tally, silent
from reprise.columns import plain_feature
from reprise.errors import RepriseError
from reprise.lineage.digests import ColumnDigest, digest_columns, digest_table
from reprise.profile import every_nth
from reprise.raw.reading import RawTable
from reprise.raw.spill import Spill
from reprise.schema import Column, Schema, find_column
from reprise.splitting import PARTS, check_fractions, number_blocks, parse_split, split_rows
from reprise.table import BLOCKS
from reprise.target import class_counts, plain_target

# Columns that are in memory at once.
_THREADS = min(4, os.cpu_count() or 1)
# A row group of Parquet, and a block on disk: so many values, and at most so many rows.
_BLOCK_VALUES = 4 << 20
_BLOCK_ROWS = 1 << 17


@dataclass(frozen=True)
class SplitOptions:
    """How `prepare` divides rows; the fractions are of all rows that have a target."""

    rule: str
    validation_fraction: float
    test_fraction: float
    seed: int


@dataclass(frozen=True)
class Prepared:
    """What `write_table` writes: the schema, and the parts' columns as (part, column) on disk.

    `sample` has every n-th raw row, for the profile. `blocks` says of each row of a part (columns
    part, block) to which group or time it belongs, where the split goes by one.
    """

    schema: Schema
    columns: Spill
    sample: pd.DataFrame
    blocks: pd.DataFrame | None = None


@dataclass(frozen=True)
class _Studied:
    """What is known of a raw column: a feature with digests of its parts, or why it is none."""

    name: str
    missing: int
    sample: pd.Series
    column: Column | None = None
    dropped: dict[str, str] | None = None
    digests: dict[str, ColumnDigest] = field(default_factory=dict)


def prepare(
    raw: RawTable, source: str, target: str, task: str, split: SplitOptions, report: Report = silent
) -> Prepared:
    """Turn a raw table into parts and the schema that describes them.

    Rows without a target are dropped and counted; so are rows without a time where `split` goes
    by time. The column that groups rows is no feature. Raises RepriseError for unusable input.
    """
    fractions = split.validation_fraction, split.test_fraction
    check_fractions(*fractions)
    kind, split_column = parse_split(split.rule)
    _check_columns(raw, target, split_column, split.rule)
    y, chosen, reason = plain_target(raw[target], task)
    by = None if split_column is None else raw[split_column].loc[y.index]
    classes = chosen == "classification"
    rows = split_rows(by, y, split.rule, fractions, split.seed, stratify=classes)
    store = _Store(rows, len(raw.columns))
    grouping = split_column if kind == "group" else None
    excluded = [target] if grouping is None else [target, grouping]
    studied = _study(raw, y.index, excluded, store, report)
    columns = {each.name: each.column for each in studied if each.column}
    dropped = {each.name: each.dropped for each in studied if each.dropped}
    if not columns:
        raise _nothing_to_learn_from(excluded, len(dropped))
    if grouping is not None:
        dropped[grouping] = {"reason": "groups rows, so it is no feature"}
    digests = {each.name: each.digests for each in studied if each.column}
    digests[target] = store.add(target, y)
    blocks = None if by is None else _blocks(number_blocks(by, split.rule), rows)
    counts = {part: len(rows[part]) for part in PARTS}
    schema = Schema(
        target=target,
        target_type=str(y.dtype),
        task=chosen,
        task_reason=reason,
        columns=columns,
        missing={each.name: each.missing for each in studied},
        dropped=dropped,
        dropped_rows=_dropped_rows(raw.rows, len(y), sum(counts.values())),
        classes=class_counts(y) if classes else {},
        split={"rule": split.rule, "seed": split.seed},
        rows=counts,
        digests=_digests(counts, digests, blocks),
        source=source,
    )
    sample = pd.DataFrame({each.name: each.sample for each in studied})
    return Prepared(schema, store.columns, sample, blocks)


def _dropped_rows(read: int, with_target: int, kept: int) -> dict[str, int]:
    """How many rows were left out for which reason."""
    gone = {"target is missing": read - with_target, "time is missing": with_target - kept}
    return {why: count for why, count in gone.items() if count}


def _digests(
    rows: dict[str, int], columns: dict[str, dict[str, ColumnDigest]], blocks: pd.DataFrame | None
) -> dict[str, str]:
    """The digest of each part, and of the blocks where the split goes by any."""
    found = {
        part: digest_columns(rows[part], ((name, of[part]) for name, of in columns.items()))
        for part in PARTS
    }
    return found if blocks is None else found | {BLOCKS: digest_table(blocks)}


def _blocks(numbers: np.ndarray, rows: dict[str, np.ndarray]) -> pd.DataFrame:
    """The number of every row, part by part in the order of the parts' rows."""
    parts = [pd.DataFrame({"part": part, "block": numbers[rows[part]]}) for part in PARTS]
    return pd.concat(parts, ignore_index=True)


def _check_columns(raw: RawTable, target: str, split_column: str | None, rule: str) -> None:
    find_column(raw.columns, target, "target")
    if split_column is not None:
        find_column(raw.columns, split_column, "split's column")
    if split_column == target:
        raise RepriseError(f"split must not go by the target, got '{rule}': name another column")


def _nothing_to_learn_from(excluded: list[str], dropped: int) -> RepriseError:
    beside = ", ".join(f"'{name}'" for name in excluded)
    return RepriseError(
        f"a table needs a column to learn from, got none beside {beside} "
        f"that varies ({dropped} others are constant, empty or nested): add columns"
    )


class _Store:
    """Takes plain columns apart into the parts, on disk, and their digests."""

    def __init__(self, rows: dict[str, np.ndarray], columns: int) -> None:
        self.columns = Spill()
        self._rows = rows
        self._block = max(1, min(_BLOCK_ROWS, _BLOCK_VALUES // columns))

    def add(self, name: str, values: pd.Series) -> dict[str, ColumnDigest]:
        """Store a column, one value for each row that has a target; return a digest per part."""
        array = pa.array(values.array, from_pandas=True)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        return {part: self._add(part, name, array) for part in PARTS}

    def _add(self, part: str, name: str, array: pa.Array) -> ColumnDigest:
        digest, rows = ColumnDigest(array.type), self._rows[part]
        for start in range(0, len(rows), self._block):
            block = array.take(pa.array(rows[start : start + self._block]))
            digest.update(block)
            self.columns.append((part, name), block)
        return digest


def _study(
    raw: RawTable, kept: pd.Index, excluded: list[str], store: _Store, report: Report
) -> list[_Studied]:
    """Read every column once, several at a time; features go to the store."""

    def study(name: str) -> _Studied:
        values = raw[name]
        known = name, int(values.isna().sum()), every_nth(values)
        if name in excluded:
            return _Studied(*known)
        plain = plain_feature(values if len(kept) == len(values) else values.loc[kept])
        if isinstance(plain, dict):
            return _Studied(*known, dropped=plain)
        return _Studied(*known, column=plain[1], digests=store.add(name, plain[0]))

    studied = []
    with ThreadPoolExecutor(_THREADS) as threads:
        for each in threads.map(study, raw.columns):
            studied.append(each)
            report(Advance("columns prepared", len(studied), len(raw.columns)))
    return studied


def write_table(folder: Path, prepared: Prepared, report: Report = silent) -> None:
    """Write the parts as Parquet and schema.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally(report, "rows written", sum(prepared.schema.rows.values()))
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(lambda part: _write_part(folder, prepared, part, tally), PARTS))
    if prepared.blocks is not None:
        prepared.blocks.to_parquet(folder / f"{BLOCKS}.parquet", index=False)
    text = json.dumps(prepared.schema.to_json(), indent=2, ensure_ascii=False)
    (folder / "schema.json").write_text(text + "\n", encoding="utf-8")


def _write_part(folder: Path, prepared: Prepared, part: str, tally: Tally) -> None:
    import pyarrow.parquet as pq

    columns, schema = prepared.columns, prepared.schema
    names = [*schema.columns, schema.target]
    types = pa.schema([(name, columns.type((part, name))) for name in names])
    # A dictionary of numbers that hardly repeat costs more time than it saves room.
    texts = [name for name in names if pa.types.is_large_string(types.field(name).type)]
    blocks: Iterator[tuple[pa.Array, ...]] = zip(
        *(columns.blocks((part, name)) for name in names), strict=True
    )
    with pq.ParquetWriter(folder / f"{part}.parquet", types, use_dictionary=texts) as writer:
        for block in blocks:
            writer.write_batch(pa.record_batch(list(block), schema=types))
            tally.add(len(block[0]))
