"""Rows of validation and test that train rows as good as repeat."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from reprise.data.profile.univariate import as_numbers
from reprise.data.schema import Schema

# Of a column's standard deviation: as far as the numbers of twins may be apart.
_RADIUS = 0.01
_MOST_COLUMNS = 60
_MOST_LEARNED, _MOST_OTHERS = 20_000, 2_000
_FAR = 1e6


def twins(schema: Schema, parts: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Share of the rows of validation and test with a near twin among the train rows.

    Twins agree in every label and differ by at most 0.01 standard deviations in every number, in
    the first 60 columns. On every n-th row of many: then there may be more.
    """
    from sklearn.neighbors import KDTree

    names = list(schema.columns)[:_MOST_COLUMNS]
    learned = _every_nth(parts["train"], _MOST_LEARNED)
    others = {part: _every_nth(parts[part], _MOST_OTHERS) for part in ("validation", "test")}
    both = pd.concat([learned[names], *(rows[names] for rows in others.values())])
    if not len(learned):
        return {}
    places = np.column_stack([_places(both[name], schema.columns[name].role) for name in names])
    tree = KDTree(places[: len(learned)], metric="chebyshev")
    found, start = {}, len(learned)
    for part, rows in others.items():
        near = tree.query_radius(places[start : start + len(rows)], _RADIUS, count_only=True)
        found[part] = float((near > 0).mean()) if len(rows) else 0.0
        start += len(rows)
    return found


def _every_nth(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    return rows.iloc[:: max(1, -(-len(rows) // most))]


def _places(values: pd.Series, role: str) -> np.ndarray:
    """Numbers in standard deviations, labels one apart; missing values are far from all others."""
    if role not in ("number", "date"):
        return pd.factorize(values)[0].astype("float64")
    numbers = as_numbers(values)
    if np.isnan(numbers).all():
        return np.full(len(numbers), _FAR)
    spread = float(np.nanstd(numbers)) or 1.0
    places = (numbers - np.nanmean(numbers)) / spread
    return np.where(np.isfinite(places), places, _FAR)
