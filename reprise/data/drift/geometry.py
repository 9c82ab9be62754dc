"""How columns go together: correlations, and how far a row may lie from the others."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd

from reprise.data.drift.distribution import Labels
from reprise.predictor import single_threaded

_MOST_COLUMNS, _MOST_PAIRS = 50, 100
# Correlations from here on are watched, where so many rows at least have both values.
_STRONG, _FEWEST = 0.3, 50
_FARTHEST = 3.0  # standard deviations at which a value counts no further
_RIDGE, _LEAST_SPREAD = 0.05, 0.01
_FAR = 0.99  # share of the rows that are nearer than what is far
_LEAST_SHARE = 0.1  # of two categories, one that is rarer by less is hardly rarer
_ALIKE = 1.349  # quartiles of a normal distribution are so many standard deviations apart


@dataclass(frozen=True)
class Pair:
    """Two columns, their correlation, and the standard deviation of that for one row: what it has
    for n rows is smaller by the root of n."""

    first: str
    second: str
    correlation: float
    spread: float
    rows: int


@dataclass(frozen=True)
class Geometry:
    """Numbers as so many `scales` from their `centres`, and what they do together.

    A category counts as its share of the rows. Distances are those of Mahalanobis (1936), which
    heed correlations; rows of the reference have theirs from all the others. `beyond` of its
    `rows` are farther than `far`.
    """

    columns: Sequence[str] = ()
    centres: Sequence[float] = ()
    scales: Sequence[float] = ()
    pairs: Sequence[Pair] = ()
    root: Sequence[Sequence[float]] = ()
    rows: int = 0
    far: float = 0.0
    beyond: int = 0
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, X: pd.DataFrame, labels: Mapping[str, Labels | None]) -> Self:
        """The geometry of rows; `labels` are the columns to look at, with the categories of those
        that have any. The first 50 columns."""
        chosen = list(labels)[:_MOST_COLUMNS]
        known = {name: each for name in chosen if (each := labels[name]) is not None}
        rows = X[chosen]
        if not chosen or len(rows) < 2:
            return cls()
        # Among the others its own category is rarer by one, so that of a row alone is as new.
        others = {name: _shares(each, 1) for name, each in known.items()}
        columns = [_numbers(rows[name], others.get(name)) for name in chosen]
        values = np.column_stack(columns)
        least = [_LEAST_SHARE if name in known else 0.0 for name in chosen]
        spreads = [_spread(*each) for each in zip(columns, least, strict=True)]
        centres, scales = (list(each) for each in zip(*spreads, strict=True))
        scores = _scores(values, np.array(centres), np.array(scales))
        with single_threaded():
            root = _root(np.nan_to_num(scores))
            squared = ((np.nan_to_num(scores) @ root) ** 2).sum(axis=1)
        # Each row's distance from the others, by Sherman and Morrison (1950).
        apart = np.sqrt(squared / np.maximum(1 - squared / len(rows), 1e-9))
        far = float(f"{np.quantile(apart, _FAR):.6g}")
        return cls(
            chosen,
            centres,
            scales,
            _pairs(chosen, scores),
            root.tolist(),
            len(rows),
            far,
            int((apart > far).sum()),
            {name: _shares(each, 0) for name, each in known.items()},
        )

    def scores(self, X: pd.DataFrame) -> np.ndarray:
        """Values of rows in standard deviations, float64 of shape (rows, columns), NaN if none."""
        columns = [_numbers(X[name], self.shares.get(name)) for name in self.columns]
        return _scores(np.column_stack(columns), np.array(self.centres), np.array(self.scales))

    def are_far(self, scores: np.ndarray) -> np.ndarray:
        """Which rows are farther from all others than nearly all were, bool of shape (rows,)."""
        with single_threaded():
            squared = ((np.nan_to_num(scores) @ np.array(self.root)) ** 2).sum(axis=1)
        return np.asarray(np.sqrt(squared) > self.far)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The geometry that `to_json` gave `values` of."""
        return cls(**{**values, "pairs": [Pair(**pair) for pair in values["pairs"]]})


class Moments:
    """Sums over rows from which the correlations of all columns come, each of rows with both."""

    def __init__(self, columns: int) -> None:
        self._sums = np.zeros((4, columns, columns))

    def add(self, scores: np.ndarray) -> None:
        """Take in the scores of more rows."""
        there = (~np.isnan(scores)).astype("float64")
        values = np.nan_to_num(scores)
        with single_threaded():
            self._sums += [
                there.T @ there,
                values.T @ there,
                (values**2).T @ there,
                values.T @ values,
            ]

    def correlation(self, first: int, second: int) -> tuple[float, int]:
        """(correlation of two columns, rows that have both); NaN where it is not defined."""
        rows, sums, squares, products = self._sums
        n = rows[first, second]
        if n < 2:
            return np.nan, int(n)
        means = sums[first, second] / n, sums[second, first] / n
        variances = (
            squares[first, second] / n - means[0] ** 2,
            squares[second, first] / n - means[1] ** 2,
        )
        if min(variances) <= 1e-12:
            return np.nan, int(n)
        covariance = products[first, second] / n - means[0] * means[1]
        return float(covariance / (variances[0] * variances[1]) ** 0.5), int(n)


def correlation_gap(pair: Pair, found: float, rows: int) -> tuple[float, float]:
    """(how far a correlation is from that of the reference, the chance of that).

    Fisher's transform, with the spread that the reference has, which need not be a normal one's.
    """
    from scipy.special import ndtr

    known = np.clip([pair.correlation, found], -1 + 1e-6, 1 - 1e-6)
    error = pair.spread / (1 - known[0] ** 2) * (1 / pair.rows + 1 / rows) ** 0.5
    off = abs(np.arctanh(known[1]) - np.arctanh(known[0])) / error
    return abs(found - pair.correlation), float(2 * ndtr(-off))


def _numbers(values: pd.Series, shares: Mapping[str, float] | None) -> np.ndarray:
    """Numbers as they are; categories as their share, 0 for those that were not there."""
    if shares is None:
        return values.to_numpy(dtype="float64")
    codes, different = pd.factorize(values)
    found = np.array([*(shares.get(str(each), 0.0) for each in different), np.nan])
    return np.asarray(found[codes])


def _shares(labels: Labels, own: int) -> dict[str, float]:
    """The share of each category, without `own` rows of it, six digits."""
    counts = zip(labels.labels, labels.counts, strict=True)
    return {label: float(f"{(count - own) / max(1, labels.rows):.6g}") for label, count in counts}


def _spread(column: np.ndarray, least: float) -> tuple[float, float]:
    """(middle, standard deviation as the quartiles tell it but `least`), six digits."""
    present = column[~np.isnan(column)]
    if not len(present):
        return 0.0, 1.0
    low, middle, high = np.quantile(present, [0.25, 0.5, 0.75])
    # The deviation of equal numbers may be 1e-17.
    scale = (high - low) / _ALIKE or (float(np.std(present)) if np.ptp(present) else 1.0)
    return float(f"{middle:.6g}"), float(f"{max(scale, least):.6g}")


def _scores(values: np.ndarray, centres: np.ndarray, scales: np.ndarray) -> np.ndarray:
    raw = (values - centres) / scales
    return np.asarray(raw / np.sqrt(1 + (raw / _FARTHEST) ** 2))


def _root(scores: np.ndarray) -> np.ndarray:
    """A matrix that makes distances of Mahalanobis lengths, six digits; a ridge keeps it finite."""
    covariance = scores.T @ scores / len(scores) + _RIDGE * np.eye(scores.shape[1])
    root = np.linalg.cholesky(np.linalg.inv(covariance))
    return np.array([[float(f"{value:.6g}") for value in row] for row in root])


def _pairs(columns: Sequence[str], scores: np.ndarray) -> list[Pair]:
    """The strongest correlations, at most 100, the strongest first."""
    moments = Moments(len(columns))
    moments.add(scores)
    found = [
        (first, second, *moments.correlation(first, second))
        for second in range(len(columns))
        for first in range(second)
    ]
    strong = [each for each in found if abs(each[2]) >= _STRONG and each[3] >= _FEWEST]
    strong = sorted(strong, key=lambda each: -abs(each[2]))[:_MOST_PAIRS]
    return [
        Pair(columns[i], columns[j], float(f"{r:.6g}"), _spread_of(scores[:, [i, j]], r), rows)
        for i, j, r, rows in strong
    ]


def _spread_of(scores: np.ndarray, correlation: float) -> float:
    """The standard deviation of a correlation's influence function, six digits."""
    both = scores[~np.isnan(scores).any(axis=1)]
    u, v = ((both - both.mean(axis=0)) / both.std(axis=0)).T
    influence = u * v - correlation / 2 * (u**2 + v**2)
    return float(f"{max(float(influence.std()), _LEAST_SPREAD):.6g}")
