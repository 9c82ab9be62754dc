"""What the predictions of a regression show."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.data.histogram import bin_edges
from reprise.evaluation.prediction import Prediction

_MOST_POINTS = 600
_BINS = 30
_GROUPS = 6


def evidence(y: pd.Series, prediction: Prediction) -> dict[str, Any]:
    """Points of predicted and left-over values, how errors are distributed, errors by size.

    Of many rows every n-th is a point. `by_size` has, for groups of rows of rising actual value,
    [first value, last value, quartiles of predicted minus actual].
    """
    actual, predicted = y.to_numpy(dtype="float64"), prediction.values.astype("float64")
    errors = predicted - actual
    step = max(1, -(-len(actual) // _MOST_POINTS))
    heights, edges = np.histogram(errors, bin_edges(errors, min(_BINS, max(5, len(errors) // 8))))
    return {
        "points": np.column_stack([actual, predicted])[::step].tolist(),
        "errors": {"edges": edges.tolist(), "rows": heights.tolist()},
        "by_size": _by_size(actual, errors),
    }


def _by_size(actual: np.ndarray, errors: np.ndarray) -> list[list[float]]:
    order = np.argsort(actual, kind="stable")
    groups = np.array_split(order, min(_GROUPS, max(1, len(actual) // 5)))
    return [
        [
            float(actual[rows[0]]),
            float(actual[rows[-1]]),
            *(float(value) for value in np.quantile(errors[rows], [0.25, 0.5, 0.75])),
        ]
        for rows in groups
    ]
