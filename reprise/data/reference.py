"""What the rows that a model learned from are like: few numbers, which travel with the model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reprise.data.drift.row_profile import RowProfile
from reprise.data.schema import Schema
from reprise.tracking.contract import REFERENCE

if TYPE_CHECKING:  # who serves a model reads no prepared table
    from reprise.data.prepared_table import Part

# Shares of the target's rows; its ends, which are one row's values, are none of them.
_SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Reference:
    """Of so many rows: ends of columns, categories, and quantiles of a target that is a number.

    `ranges` has numbers, and dates as ISO 8601 spells them; `categories` those of columns with
    few. Quantiles have three digits and differ; there are none for classes. The `profile` is what
    `watch` holds later rows against, None where an earlier version made the model.
    """

    rows: int
    ranges: Mapping[str, tuple[Any, Any]]
    categories: Mapping[str, Sequence[str]]
    quantiles: Sequence[float] = ()
    profile: RowProfile | None = None

    def to_json(self) -> dict[str, Any]:
        """The reference as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Reference":
        """The reference that `to_json` gave `values` of; what else they hold is ignored."""
        ranges = {name: (lowest, highest) for name, (lowest, highest) in values["ranges"].items()}
        known = values.get("profile")
        profile = None if known is None else RowProfile.from_json(known)
        return cls(values["rows"], ranges, values["categories"], values["quantiles"], profile)


def stored_reference(model: Path) -> Reference | None:
    """The reference in the folder of a stored model; None where an earlier version made it."""
    path = model / "artifacts" / REFERENCE
    if not path.exists():
        return None
    return Reference.from_json(json.loads(path.read_text(encoding="utf-8")))


def reference_of(schema: Schema, parts: "Sequence[Part]") -> Reference:
    """The reference of all rows of these parts."""
    ranges, categories = {}, {}
    for name, column in schema.columns.items():
        values = [part.X[name] for part in parts]
        if column.role in ("number", "date"):
            ends = _ends(values)
            if ends is not None:
                ranges[name] = ends
        elif column.role == "category":
            categories[name] = sorted({text for one in values for text in one.dropna().unique()})
    numbers = schema.task == "regression"
    targets = [part.y.to_numpy(dtype="float64") for part in parts] if numbers else []
    return Reference(
        sum(len(part.y) for part in parts),
        ranges,
        categories,
        _quantiles(np.concatenate(targets)) if targets else (),
        RowProfile.of([part.X for part in parts], schema.roles),
    )


def _ends(values: Sequence[pd.Series]) -> tuple[Any, Any] | None:
    """Smallest and largest value; None where all are missing."""
    lowest = min((found for one in values if pd.notna(found := one.min())), default=None)
    highest = max((found for one in values if pd.notna(found := one.max())), default=None)
    return None if lowest is None else (_plain(lowest), _plain(highest))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, pd.Timestamp) else float(value)


def _quantiles(target: np.ndarray) -> list[float]:
    rounded = (float(f"{value:.3g}") for value in np.quantile(target, _SHARES))
    return sorted(set(rounded))
