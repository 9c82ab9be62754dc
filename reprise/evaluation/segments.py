"""Where a model is worse than elsewhere: its error in parts of the rows."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.schema import Task
from reprise.evaluation.prediction import Prediction
from reprise.formatting import number

_MOST_COLUMNS = 12
_MOST_SEGMENTS = 10
_MOST_CATEGORIES = 6
_FEWEST_ROWS, _LEAST_SHARE = 10, 0.03


def segments(
    task: Task, roles: Mapping[str, str], X: pd.DataFrame, y: pd.Series, prediction: Prediction
) -> dict[str, Any]:
    """The segments with the largest error, and that of all rows.

    The error is the rmse, or the share of wrong labels; segments are the quarters of a number or
    a date, the categories of a category, and missing values, of the first columns of `X`; those of
    few rows are left out. `roles` are those of the columns.
    """
    regression = task == "regression"
    losses = _losses(y, prediction, regression)
    fewest = max(_FEWEST_ROWS, int(_LEAST_SHARE * len(losses)))

    def error(rows: np.ndarray) -> float:
        mean = float(losses[rows].mean())
        return float(np.sqrt(mean)) if regression else mean

    found: list[dict[str, Any]] = [
        {"column": column, "segment": name, "rows": int(rows.sum()), "value": error(rows)}
        for column in list(X.columns)[:_MOST_COLUMNS]
        for name, rows in parts_of(X[column], roles[column])
        if fewest <= rows.sum() < len(losses)
    ]
    worst = sorted(found, key=lambda part: -part["value"])[:_MOST_SEGMENTS]
    everywhere = error(np.ones(len(losses), dtype=bool))
    return {
        "measure": "rmse" if regression else "share of wrong labels",
        "all": everywhere,
        "rows": worst,
    }


def _losses(y: pd.Series, prediction: Prediction, regression: bool) -> np.ndarray:
    if regression:
        return (y.to_numpy(dtype="float64") - prediction.values) ** 2
    wrong = y.astype(str).to_numpy() != pd.Series(prediction.values).astype(str).to_numpy()
    return wrong.astype("float64")


def parts_of(values: pd.Series, role: str) -> Iterator[tuple[str, np.ndarray]]:
    """(name, which rows) of the segments of a column."""
    missing = values.isna().to_numpy()
    yield "missing", missing
    present = values[~missing]
    if role in ("number", "date") and len(present):
        yield from _quarters(values, present)
    elif role in ("category", "boolean"):
        for label in present.value_counts().index[:_MOST_CATEGORIES]:
            yield str(label), (values == label).fillna(False).to_numpy(dtype=bool)


def _quarters(values: pd.Series, present: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    edges = list(dict.fromkeys(present.quantile([0, 0.25, 0.5, 0.75, 1], interpolation="nearest")))
    for place, (low, high) in enumerate(pairwise(edges)):
        above = values >= low if place == 0 else values > low
        rows = (above & (values <= high)).fillna(False).to_numpy(dtype=bool)
        yield f"{_shown(low)} to {_shown(high)}", rows


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else number(float(value))
