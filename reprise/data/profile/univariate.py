"""How much of the target a column predicts all by itself."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.data.schema import Schema

_BINS = 32


def strengths(schema: Schema, train: pd.DataFrame, validation: pd.DataFrame) -> dict[str, float]:
    """R² on validation rows of each feature alone, 0 to 1.

    The prediction is the mean target of the train rows in the same of 32 quantiles, or of the same
    label; of classes it is their shares, and R² that of their indicators (one minus the Brier
    score over that of constant shares).
    """
    learned, measured = _targets(schema, train), _targets(schema, validation)
    if not len(learned) or not len(measured):
        return dict.fromkeys(schema.columns, 0.0)
    base = learned.mean(axis=0)
    scale = float(((measured - base) ** 2).sum())
    found = {}
    for name, column in schema.columns.items():
        codes = _codes(train[name], validation[name], column.role)
        error = float(((measured - _means(codes[0], learned, base)[codes[1]]) ** 2).sum())
        found[name] = float(max(0.0, 1 - error / scale)) if scale else 0.0
    return found


def _targets(schema: Schema, part: pd.DataFrame) -> np.ndarray:
    """Targets as (rows, 1), or indicators of the classes as (rows, classes), float64."""
    y = part[schema.target]
    if schema.task == "regression":
        return y.to_numpy(dtype="float64")[:, None]
    labels = y.astype(str).to_numpy()
    return np.column_stack([labels == label for label in schema.classes]).astype("float64")


def _means(codes: np.ndarray, learned: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Mean target of each code, one row's worth of the overall mean mixed in; base for the last."""
    size = int(codes.max(initial=0)) + 2
    rows = np.bincount(codes, minlength=size)[:, None]
    sums = np.column_stack([np.bincount(codes, column, minlength=size) for column in learned.T])
    return np.asarray((sums + base) / (rows + 1))


def _codes(train: pd.Series, other: pd.Series, role: str) -> tuple[np.ndarray, np.ndarray]:
    """A whole number for each row; those that train rows have not are the largest plus one."""
    if role in ("number", "date", "boolean"):
        first, second = (as_numbers(values) for values in (train, other))
        present = first[~np.isnan(first)]
        edges = (
            np.unique(np.quantile(present, np.linspace(0, 1, _BINS + 1)[1:-1]))
            if len(present)
            else np.array([])
        )
        return _binned(first, edges), _binned(second, edges)
    codes, known = pd.factorize(train, use_na_sentinel=False)
    places: Any = pd.Index(known).get_indexer(other)
    return codes, np.where(places < 0, codes.max(initial=0) + 1, places)


def as_numbers(values: pd.Series) -> np.ndarray:
    """Numbers, booleans or dates as float64; missing values are NaN."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.astype("int64").where(values.notna()).to_numpy(dtype="float64")
    return values.to_numpy(dtype="float64")


def _binned(numbers: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(numbers), 0, 1 + np.searchsorted(edges, numbers, side="left"))
