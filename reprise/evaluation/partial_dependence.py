"""How a prediction moves with one column: partial dependence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.schema import Schema
from reprise.evaluation.prediction import predict
from reprise.predictor import TabularModel

_MOST_COLUMNS = 6
_GRID = 10
_ROWS = 60
_MOST_CLASSES = 4
Dependence = Mapping[str, Any]


def partial_dependence(
    model: TabularModel, schema: Schema, X: pd.DataFrame, ordered: list[str]
) -> list[dict[str, Any]]:
    """The mean prediction over rows in which one column has one value in all (Friedman 2001).

    On every n-th row, at most 60, for ten quantiles of a number or date, or the most frequent
    categories, of the first six of `ordered` that are not free text. Each has `column`, `role`,
    `values` as numbers or texts, and `series`: label of a class (or nothing) to means.
    """
    chosen = [name for name in ordered if schema.columns[name].role != "text"][:_MOST_COLUMNS]
    few = X.iloc[:: max(1, -(-len(X) // _ROWS))]
    grids = {name: _grid(X[name], schema.columns[name].role) for name in chosen}
    grids = {name: grid for name, grid in grids.items() if len(grid) > 1}
    if not grids:
        return []
    copies = [_with(few, name, value) for name, grid in grids.items() for value in grid]
    numbers = predict(model, pd.concat(copies, ignore_index=True)).numbers
    means = numbers.reshape(len(copies), len(few), -1).mean(axis=1)
    starts = np.cumsum([0, *map(len, grids.values())])
    return [
        {
            "column": name,
            "role": schema.columns[name].role,
            "values": [_as_json(value) for value in grid],
            "series": _series(means[start : start + len(grid)], model.classes),
        }
        for (name, grid), start in zip(grids.items(), starts[:-1], strict=True)
    ]


def _grid(values: pd.Series, role: str) -> list[Any]:
    present = values.dropna()
    if role in ("number", "date"):
        places = np.linspace(0.02, 0.98, _GRID)
        return list(dict.fromkeys(present.quantile(places, interpolation="nearest")))
    return list(present.value_counts().index[:_GRID])


def _with(rows: pd.DataFrame, name: str, value: Any) -> pd.DataFrame:
    column = pd.Series([value] * len(rows), index=rows.index, dtype=rows[name].dtype)
    return rows.assign(**{name: column})


def _series(means: np.ndarray, classes: list[Any] | None) -> dict[str, list[float]]:
    """Of two classes the probability of the second, of many those that move most."""
    if classes is None:
        return {"": means[:, 0].tolist()}
    moves = np.ptp(means, axis=0)
    chosen = [1] if len(classes) == 2 else sorted(np.argsort(-moves, kind="stable")[:_MOST_CLASSES])
    return {str(classes[position]): means[:, position].tolist() for position in chosen}


def _as_json(value: Any) -> float | str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return str(value) if isinstance(value, (str, bool, np.bool_)) else float(value)


def blended_dependence(
    members: Sequence[Sequence[Dependence]], weights: Sequence[float]
) -> list[dict[str, Any]]:
    """The partial dependence of a blend on the columns that every member has one of.

    Members were asked for the same values in the same rows, so that the mean of their means,
    weighted as the blend weighs them, is what the blend would say.
    """
    known = [{each["column"]: each for each in member} for member in members]
    shared = [
        each
        for each in members[0]
        if all(
            each["column"] in member and member[each["column"]]["values"] == each["values"]
            for member in known
        )
    ]
    return [
        {**each, "series": _mean([member[each["column"]]["series"] for member in known], weights)}
        for each in shared
    ]


def _mean(
    series: Sequence[Mapping[str, Sequence[float]]], weights: Sequence[float]
) -> dict[str, list[float]]:
    """The classes that all members show; of members of many classes these may be few."""
    labels = [label for label in series[0] if all(label in other for other in series)]
    return {
        label: np.average([each[label] for each in series], axis=0, weights=weights).tolist()
        for label in labels
    }
