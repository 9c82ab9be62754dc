"""Rows of a prepared table to look at: all, or every n-th of many, the same every time."""

import pandas as pd
import pyarrow as pa

from reprise.data.preparation import Prepared

MOST_ROWS = 20_000


def sample(prepared: Prepared) -> dict[str, pd.DataFrame]:
    """Rows of each part, features and target: every n-th, at most 20,000 of a part."""
    schema = prepared.schema
    return {
        part: pd.DataFrame(
            {
                name: _column(prepared, part, name, -(-rows // MOST_ROWS) or 1)
                for name in [*schema.columns, schema.target]
            }
        )
        for part, rows in schema.rows.items()
    }


def _column(prepared: Prepared, part: str, name: str, step: int) -> pd.Series:
    kept, first = [], 0
    for block in prepared.columns.blocks((part, name)):
        kept.append(block if step == 1 else block.take(pa.array(range(first, len(block), step))))
        first = (first - len(block)) % step
    return pa.chunked_array(kept, prepared.columns.type((part, name))).to_pandas()
