"""What bounds of predictions hold: the share of rows within them, and how wide they are."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.evaluation.prediction import Prediction
from reprise.evaluation.segments import parts_of
from reprise.predictor import LOWER, SET, UPPER, TabularModel

LEVELS = (0.8, 0.9, 0.95)
# At which the segments are measured.
_OF_SEGMENTS = 0.9
_MOST_COLUMNS, _MOST_SEGMENTS = 12, 10
_FEWEST_ROWS = 20


@dataclass(frozen=True)
class Coverage:
    """By each coverage that was asked for: the share of rows within bounds, and the mean width.

    The width is that of an interval, in the target's unit, or the number of labels in a set.
    `segments` are those where the share is smallest at 0.9, each with its rows.
    """

    levels: list[dict[str, float]]
    segments: list[dict[str, Any]]

    @property
    def metrics(self) -> dict[str, float]:
        """`coverage_90` and `width_90`, and so on, of each level."""
        return {
            f"{what}_{round(100 * level['asked'])}": level[what]
            for what in ("coverage", "width")
            for level in self.levels
        }

    def to_json(self) -> dict[str, Any]:
        """The coverage as JSON values."""
        return asdict(self)


def coverage_of(
    model: TabularModel,
    roles: Mapping[str, str],
    X: pd.DataFrame,
    y: pd.Series,
    prediction: Prediction,
) -> Coverage | None:
    """What the bounds of a model hold on rows that none of its scores come from.

    `roles` are those of the columns. A coverage that the model cannot promise is left out; None
    where it can promise none, or an earlier version made it.
    """
    known: Any = getattr(model, "conformal", None)
    levels = [each for each in LEVELS if known is not None and known.refusal(each) is None]
    if not levels:
        return None
    rows = model.plain(X)
    measured: list[dict[str, float]] = []
    segments: list[dict[str, Any]] = []
    for level in levels:
        columns = known.columns(rows, prediction.numbers, model.classes, level)
        within, width = _held(columns, y)
        measured.append(
            {"asked": level, "coverage": float(within.mean()), "width": float(width.mean())}
        )
        if level == _OF_SEGMENTS:
            segments = _segments(roles, X, within, width)
    return Coverage(measured, segments)


def _held(columns: Mapping[str, Any], y: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Of each row whether the truth is within its bounds, and how wide they are."""
    if SET in columns:
        pairs = zip(y.tolist(), columns[SET], strict=True)
        within = np.array([label in labels for label, labels in pairs], dtype="bool")
        return within, np.array([len(labels) for labels in columns[SET]], dtype="float64")
    truth = y.to_numpy("float64")
    within = (columns[LOWER] <= truth) & (truth <= columns[UPPER])
    return within, columns[UPPER] - columns[LOWER]


def _segments(
    roles: Mapping[str, str], X: pd.DataFrame, within: np.ndarray, width: np.ndarray
) -> list[dict[str, Any]]:
    """The segments with the smallest share, among those of enough rows to tell."""
    found: list[dict[str, Any]] = [
        {
            "column": column,
            "segment": name,
            "rows": int(rows.sum()),
            "coverage": float(within[rows].mean()),
            "width": float(width[rows].mean()),
        }
        for column in list(X.columns)[:_MOST_COLUMNS]
        for name, rows in parts_of(X[column], roles[column])
        if _FEWEST_ROWS <= rows.sum() < len(within)
    ]
    return sorted(found, key=lambda part: part["coverage"])[:_MOST_SEGMENTS]
