"""How far a metric may be off by the luck of its rows: bootstrap intervals, alone and in pairs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.schema import Task
from reprise.evaluation.metrics import log_losses
from reprise.evaluation.prediction import Prediction

LEVEL = 0.95
# Resamples of a part, fewer of a large one: intervals of 200,000 rows and more are narrow anyway.
MOST, FEWEST = 1000, 100
_DRAWS = 200_000_000
# Weights that are in memory at once.
_WEIGHTS = 4 << 20

# Weights of the rows, int64 of shape (resamples, rows), to a value for each resample.
Metric = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Interval:
    """The middle 95% of what a number is over the resamples."""

    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray) -> "Interval":
        """The percentile interval of the values that are defined; NaN where none is."""
        defined = values[~np.isnan(values)]
        if not len(defined):
            return cls(np.nan, np.nan)
        low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(float(low), float(high))


def intervals(task: Task, y: pd.Series, prediction: Prediction) -> dict[str, Interval]:
    """The interval of each metric of a prediction (Efron 1979, percentile bootstrap of rows)."""
    return {name: Interval.of(values) for name, values in resample(task, y, prediction).items()}


def resample(task: Task, y: pd.Series, prediction: Prediction) -> dict[str, np.ndarray]:
    """Each metric over resamples of the rows, shape (resamples,), float64; NaN where undefined.

    The n-th resample takes the same rows for any prediction of as many rows, so that two models
    are compared in pairs by the difference of what this gives for each. Values are those of
    `evaluate` on the rows of the resample.
    """
    metrics = _regression(y, prediction) if task == "regression" else _classification(y, prediction)
    found: dict[str, list[np.ndarray]] = {name: [] for name in metrics}
    with np.errstate(invalid="ignore", divide="ignore"):
        for weights in _weights(len(y)):
            for name, metric in metrics.items():
                found[name].append(metric(weights))
    return {name: np.concatenate(values) for name, values in found.items()}


def _weights(rows: int) -> Iterator[np.ndarray]:
    """How often each resample has each row, a block of resamples at a time."""
    generator = np.random.default_rng(0)
    left = int(np.clip(_DRAWS // rows, FEWEST, MOST))
    while left:
        count = min(left, max(1, _WEIGHTS // rows))
        drawn = generator.integers(0, rows, size=(count, rows))
        drawn += rows * np.arange(count)[:, np.newaxis]
        yield np.bincount(drawn.ravel(), minlength=count * rows).reshape(count, rows)
        left -= count


def _mean(values: np.ndarray) -> Metric:
    return lambda weights: (weights @ values) / weights.shape[1]


def _regression(y: pd.Series, prediction: Prediction) -> dict[str, Metric]:
    actual = y.to_numpy("float64")
    errors = prediction.values - actual
    centred = actual - actual.mean()
    squared, spread, centre = _mean(errors**2), _mean(centred**2), _mean(centred)
    return {
        "rmse": lambda weights: np.sqrt(squared(weights)),
        "mae": _mean(np.abs(errors)),
        "r2": lambda weights: _r2(squared(weights), spread(weights) - centre(weights) ** 2),
    }


def _r2(error: np.ndarray, variance: np.ndarray) -> np.ndarray:
    return np.where(variance > 0, 1 - error / variance, np.nan)


def _classification(y: pd.Series, prediction: Prediction) -> dict[str, Metric]:
    if prediction.probabilities is None or prediction.classes is None:
        raise ValueError("metrics of classes need probabilities")
    labels = y.to_numpy()
    actual, predicted = labels.astype(str), prediction.values.astype(str)
    return {
        "log_loss": _mean(log_losses(labels, prediction.probabilities, prediction.classes)),
        "accuracy": _mean((actual == predicted).astype("float64")),
        "f1": _f1(actual, predicted),
        "roc_auc": _roc_auc(labels, prediction.probabilities, prediction.classes),
    }


def _f1(actual: np.ndarray, predicted: np.ndarray) -> Metric:
    """Macro F1 over the classes that a resample has, actual or predicted."""
    from scipy.sparse import csr_array

    rows = np.arange(len(actual))
    names, codes = np.unique(np.concatenate([actual, predicted]), return_inverse=True)

    def indicator(of: np.ndarray, value: Any = 1.0) -> csr_array:
        return csr_array((np.broadcast_to(value, len(rows)), (rows, of)), (len(rows), len(names)))

    ours, theirs = codes[: len(rows)], codes[len(rows) :]
    hit = indicator(ours, (ours == theirs).astype("float64"))
    either = indicator(ours) + indicator(theirs)

    def metric(weights: np.ndarray) -> np.ndarray:
        hits, counts = weights @ hit, weights @ either
        scores = np.where(counts > 0, 2 * hits / counts, 0.0)
        return scores.sum(axis=1) / (counts > 0).sum(axis=1)

    return metric


def _roc_auc(y: np.ndarray, probabilities: np.ndarray, classes: list[Any]) -> Metric:
    """Of the second of two classes; of more, the mean over those that a resample has."""
    positions = [1] if len(classes) == 2 else range(len(classes))
    areas = [_area(y == classes[position], probabilities[:, position]) for position in positions]

    def metric(weights: np.ndarray) -> np.ndarray:
        values = np.array([area(weights) for area in areas])
        defined = ~np.isnan(values)
        return np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0)

    return metric


def _area(positive: np.ndarray, scores: np.ndarray) -> Metric:
    """The share of pairs (positive, negative) in which the positive row has the higher score."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    flags = positive[order]

    def metric(weights: np.ndarray) -> np.ndarray:
        sorted_weights = weights[:, order]
        ones = np.add.reduceat(sorted_weights * flags, starts, axis=1).astype("float64")
        zeros = np.add.reduceat(sorted_weights * ~flags, starts, axis=1).astype("float64")
        below = np.cumsum(zeros, axis=1) - zeros
        pairs = ones.sum(axis=1) * zeros.sum(axis=1)
        return np.where(pairs > 0, (ones * (below + zeros / 2)).sum(axis=1) / pairs, np.nan)

    return metric
