"""A prepared table as files: a Parquet file a part, its schema, its contract."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from reprise.data.preparation import THREADS, Prepared
from reprise.data.prepared_table import BLOCKS
from reprise.data.split_rule import PARTS
from reprise.runtime.progress import Report, Tally, silent
from reprise.tracking.contract import CONTRACT


def write_table(folder: Path, prepared: Prepared, report: Report = silent) -> None:
    """Write the parts as Parquet, schema.json and contract.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally(report, "rows written", sum(prepared.schema.rows.values()))
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda part: _write_part(folder, prepared, part, tally), PARTS))
    if prepared.blocks is not None:
        prepared.blocks.to_parquet(folder / f"{BLOCKS}.parquet", index=False)
    text = json.dumps(prepared.schema.to_json(), indent=2, ensure_ascii=False)
    (folder / "schema.json").write_text(text + "\n", encoding="utf-8")
    (folder / CONTRACT).write_text(prepared.contract.text, encoding="utf-8")


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
