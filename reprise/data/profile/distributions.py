"""How the values of a column are distributed, and the target in each part."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.histogram import bin_edges
from reprise.data.schema import Schema

_BINS = 20
_MOST_LABELS = 12
_LONGEST = 60


def column_summary(values: pd.Series, role: str) -> dict[str, Any]:
    """`missing` (share), `unique`, and a histogram, or the most frequent values with their rows.

    Numbers also have `low`, `middle` and `high`: smallest, median, largest; dates as texts.
    """
    present = values.dropna()
    found: dict[str, Any] = {
        "missing": float(values.isna().mean()) if len(values) else 0.0,
        "unique": int(present.nunique()),
    }
    if not len(present):
        return found
    if role in ("number", "date"):
        return found | _histogram(present, role)
    counts = present.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return found | {
        "labels": [
            [_label(label, role), int(rows)] for label, rows in counts[:_MOST_LABELS].items()
        ],
        "rest": int(counts[_MOST_LABELS:].sum()),
    }


def _histogram(present: pd.Series, role: str) -> dict[str, Any]:
    numbers = present.astype("int64") / 1e6 if role == "date" else present
    rows, edges = np.histogram(numbers, bin_edges(numbers.to_numpy(), _BINS))
    ends = [present.min(), present.quantile(0.5, interpolation="nearest"), present.max()]
    shown = [f"{end:%Y-%m-%d}" if role == "date" else float(end) for end in ends]
    return dict(zip(("low", "middle", "high"), shown, strict=True)) | {
        "edges": [_edge(edge, role) for edge in edges],
        "rows": rows.tolist(),
    }


def _edge(edge: float, role: str) -> float | str:
    return str(np.datetime64(int(edge), "s"))[:10] if role == "date" else float(edge)


def _label(label: Any, role: str) -> str:
    text = str(bool(label)).lower() if role == "boolean" else str(label)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def target_summary(schema: Schema, parts: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The target in each part: shares of rows between common `edges`, or of each of `labels`."""
    targets = {name: part[schema.target] for name, part in parts.items()}
    if schema.task == "classification":
        labels = list(schema.classes)[:_MOST_LABELS]
        shares = {name: y.astype(str).value_counts(normalize=True) for name, y in targets.items()}
        return {
            "labels": labels,
            "parts": {
                name: [float(found.get(label, 0.0)) for label in labels]
                for name, found in shares.items()
            },
        }
    together = np.concatenate([y.to_numpy(dtype="float64") for y in targets.values()])
    few = min((len(y) for y in targets.values()), default=0)
    edges = bin_edges(together, min(_BINS, max(6, few // 8)))
    return {
        "edges": edges.tolist(),
        "parts": {
            name: (np.histogram(y, edges)[0] / max(1, len(y))).tolist()
            for name, y in targets.items()
        },
    }
