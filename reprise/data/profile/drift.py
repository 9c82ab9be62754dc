"""Columns whose values are distributed otherwise in validation or test than in train."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.profile.univariate import as_numbers
from reprise.data.schema import Schema

_LEAST = 0.1
_CHANCE = 0.01


def drifts(schema: Schema, parts: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str, float]]:
    """(column, part, distance) of columns, the target among them, that differ from train.

    The distance is the largest gap between the distribution functions of numbers and dates
    (Kolmogorov-Smirnov), and half the sum of differences between the shares of labels; at least
    0.1, and one that chance gives to fewer than one table in a hundred (Bonferroni; chi-squared
    test for labels). Free text is not looked at.
    """
    roles = schema.roles
    roles[schema.target] = "number" if schema.task == "regression" else "category"
    looked_at = {name: role for name, role in roles.items() if role != "text"}
    chance = _CHANCE / (2 * max(1, len(looked_at)))
    for name, role in looked_at.items():
        for part in ("validation", "test"):
            distance, likely = _differ(parts["train"][name], parts[part][name], role)
            if distance >= _LEAST and likely < chance:
                yield name, part, distance


def _differ(train: pd.Series, other: pd.Series, role: str) -> tuple[float, float]:
    """(distance, probability of such a distance by chance)."""
    from scipy.stats import chi2_contingency, ks_2samp

    train, other = train.dropna(), other.dropna()
    if not len(train) or not len(other):
        return 0.0, 1.0
    if role in ("number", "date"):
        found: Any = ks_2samp(as_numbers(train), as_numbers(other), method="asymp")
        return float(found.statistic), float(found.pvalue)
    labels = sorted({*train.astype(str).unique(), *other.astype(str).unique()})
    counts = np.array(
        [
            values.astype(str).value_counts().reindex(labels, fill_value=0)
            for values in (train, other)
        ]
    )
    if len(labels) < 2:
        return 0.0, 1.0
    shares = counts / counts.sum(axis=1, keepdims=True)
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    return distance, float(chi2_contingency(counts).pvalue)
