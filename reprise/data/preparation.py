"""A raw table becomes a prepared one: column by column, so that it need not fit into memory."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from reprise.data.columns import plain_feature
from reprise.data.contracts.draft import draft_contract
from reprise.data.contracts.observed_column import Observed
from reprise.data.contracts.terms import Contract
from reprise.data.digests import ColumnDigest, digest_columns, digest_table
from reprise.data.formats.stored_table import RawTable
from reprise.data.prepared_table import BLOCKS
from reprise.data.read_as import HowRead, read_as, together
from reprise.data.sampling import every_nth
from reprise.data.schema import Column, Schema, find_column
from reprise.data.spill import Spill
from reprise.data.split import blocks_of_parts, number_blocks, split_rows
from reprise.data.split_rule import PARTS, Split, SplitOptions
from reprise.data.target import Target, class_counts, read_target
from reprise.errors import RepriseError, hidden
from reprise.runtime.progress import Advance, Report, silent

# Columns that are in memory at once.
THREADS = min(4, os.cpu_count() or 1)
# A row group of Parquet, and a block on disk: so many values, and at most so many rows.
_BLOCK_VALUES = 4 << 20
_BLOCK_ROWS = 1 << 17


@dataclass(frozen=True)
class Prepared:
    """What `write_table` writes: schema, contract, and parts' columns as (part, column) on disk.

    `sample` has every n-th raw row, for the profile. `blocks` says of each row of a part (columns
    part, block) to which group or time it belongs, where the split goes by one.
    """

    schema: Schema
    contract: Contract
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
    how: HowRead = field(default_factory=HowRead)


def prepare(
    raw: RawTable,
    source: str,
    target: str,
    task: str,
    options: SplitOptions,
    report: Report = silent,
) -> Prepared:
    """Turn a raw table into parts and the schema that describes them.

    Rows without a target are dropped and counted; so are rows without a time where the split goes
    by time. The column that groups rows is no feature. Raises RepriseError for unusable input.
    """
    split = options.split
    _check_columns(raw, target, split)
    aim = read_target(raw, target, task)
    y = aim.values
    by = None if split.column is None else raw[split.column].loc[y.index]
    classes = aim.task == "classification"
    rows = split_rows(by, y, options, stratify=classes)
    store = _Store(rows, len(raw.columns))
    grouping = split.column if split.kind == "group" else None
    excluded = [target] if grouping is None else [target, grouping]
    studied = _study(raw, y.index, excluded, store, report)
    digests = {each.name: each.digests for each in studied if each.column}
    digests[target] = store.add(target, y)
    blocks = None if by is None else blocks_of_parts(number_blocks(by, split), rows)
    counts = {part: len(rows[part]) for part in PARTS}
    schema = Schema(
        target=target,
        target_type=str(y.dtype),
        task=aim.task,
        task_reason=aim.reason,
        columns={each.name: each.column for each in studied if each.column},
        missing={each.name: each.missing for each in studied} | {target: aim.how.missing},
        dropped=_dropped_columns(raw, studied, excluded, grouping),
        dropped_rows=_dropped_rows(raw.rows, aim, sum(counts.values())),
        classes=class_counts(y) if classes else {},
        split={"rule": str(split), "seed": options.seed},
        rows=counts,
        digests=_digests(counts, digests, blocks),
        source=hidden(source),
        **_decisions(raw, studied, aim),
        target_kind=aim.kind,
        asked=raw.asked.given(),
    )
    sample = pd.DataFrame({each.name: each.sample for each in studied})
    contract = draft_contract(schema, store.seen, raw, aim)
    return Prepared(schema, contract, store.columns, sample, blocks)


def _dropped_columns(
    raw: RawTable, studied: list[_Studied], excluded: list[str], grouping: str | None
) -> dict[str, dict[str, str]]:
    """Why columns are no features; RepriseError where none is one."""
    dropped = {name: {"reason": "as asked"} for name in raw.asked.drop.names}
    dropped |= {each.name: each.dropped for each in studied if each.dropped}
    if not any(each.column for each in studied):
        raise _nothing_to_learn_from(excluded, len(dropped))
    if grouping is not None:
        dropped[grouping] = {"reason": "groups rows, so it is no feature"}
    return dropped


def _decisions(raw: RawTable, studied: list[_Studied], aim: Target) -> dict[str, Any]:
    """What the schema says of how file and columns were read."""
    how = {each.name: each.how for each in studied} | {aim.name: aim.how}
    markers = together(column.markers for column in how.values())
    return {
        "reading": raw.facts | {"missing": markers},
        "decisions": raw.reading,
        "read_as": {name: column.said for name, column in how.items() if column.said},
    }


def _dropped_rows(read: int, aim: Target, kept: int) -> dict[str, int]:
    """How many rows were left out for which reason."""
    with_target = len(aim.values)
    gone = {
        "target is missing": aim.how.missing,
        "target is infinite": read - aim.how.missing - with_target,
        "time is missing": with_target - kept,
    }
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


def _check_columns(raw: RawTable, target: str, split: Split) -> None:
    find_column(raw.columns, target, "target")
    if split.column is not None:
        find_column(raw.columns, split.column, "split's column")
    if split.column == target:
        raise RepriseError(f"split must not go by the target, got '{split}': name another column")
    for name in raw.asked.drop.names:
        if find_column(raw.columns, name, "drop") == target:
            raise RepriseError(
                f"drop must not name the target, got '{name}': keep it, or name another target"
            )


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
        self.seen: dict[str, Observed] = {}
        self._rows = rows
        self._block = max(1, min(_BLOCK_ROWS, _BLOCK_VALUES // columns))

    def add(self, name: str, values: pd.Series) -> dict[str, ColumnDigest]:
        """Store a column, one value for each row that has a target; return a digest per part."""
        array = pa.array(values.array, from_pandas=True)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        self.seen[name] = Observed(array.type)
        return {part: self._add(part, name, array) for part in PARTS}

    def _add(self, part: str, name: str, array: pa.Array) -> ColumnDigest:
        digest, rows = ColumnDigest(array.type), self._rows[part]
        for start in range(0, len(rows), self._block):
            block = array.take(pa.array(rows[start : start + self._block]))
            digest.update(block)
            if part == "train":
                self.seen[name].update(block)
            self.columns.append((part, name), block)
        return digest


def _study(
    raw: RawTable, kept: pd.Index, excluded: list[str], store: _Store, report: Report
) -> list[_Studied]:
    """Read every column once, several at a time; features go to the store."""

    def study(name: str) -> _Studied:
        values, counts = raw.counted(name)
        known = name, int(values.isna().sum()), every_nth(values)
        if name in excluded:
            return _Studied(*known)
        used = values if len(kept) == len(values) else values.loc[kept]
        plain = plain_feature(used, raw.asked.missing, raw.decimal)
        if isinstance(plain, dict):
            return _Studied(*known, dropped=plain)
        how = read_as(values, plain[0], plain[1].kind, counts)
        how = how.with_words(raw.words(name), plain[1].plain_kind == "text")
        digests = store.add(name, plain[0])
        return _Studied(name, how.missing, known[2], plain[1], None, digests, how)

    studied = []
    names = [name for name in raw.columns if name not in raw.asked.drop.names]
    with ThreadPoolExecutor(THREADS) as threads:
        for each in threads.map(study, names):
            studied.append(each)
            report(Advance("columns prepared", len(studied), len(names)))
    return studied
