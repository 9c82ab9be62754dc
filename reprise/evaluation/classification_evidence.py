"""What the predictions of a classification show."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.evaluation.class_curves import AgainstRest, Confusion, Curve, against_rest
from reprise.evaluation.prediction import Prediction

_MOST_POINTS = 120
_MOST_IN_MATRIX = 30
_THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def evidence(y: pd.Series, prediction: Prediction) -> dict[str, Any]:
    """Counts of actual by predicted class; ROC, precision and recall, calibration, of each class.

    Of two classes the second is looked at, and what each threshold on its probability would give;
    of many the ten most frequent, each against the rest.
    """
    classes = against_rest(y, prediction)
    found: dict[str, Any] = {
        "confusion": _confusion(y, prediction),
        "roc": [_roc(each) for each in classes],
        "precision_recall": [_precision_recall(each) for each in classes],
        "calibration": [
            {"label": each.label, "points": _thinned(each.calibration())} for each in classes
        ],
    }
    if prediction.classes is not None and len(prediction.classes) == 2 and classes:
        rows = [_at_threshold(classes[0], threshold) for threshold in _THRESHOLDS]
        found["thresholds"] = {"label": classes[0].label, "rows": rows}
    return found


def _confusion(y: pd.Series, prediction: Prediction) -> dict[str, Any] | None:
    found = Confusion.of(y, prediction)
    if len(found.labels) > _MOST_IN_MATRIX:
        return None
    return {"labels": found.labels, "rows": found.counts.tolist()}


def _roc(one: AgainstRest) -> dict[str, Any]:
    curve, area = one.roc()
    return {"label": one.label, "area": area, "points": _thinned(curve)}


def _precision_recall(one: AgainstRest) -> dict[str, Any]:
    curve, average = one.precision_recall()
    rising = Curve(curve.x[::-1], curve.y[::-1])
    return {"label": one.label, "average": average, "points": _thinned(rising)}


def _at_threshold(one: AgainstRest, threshold: float) -> dict[str, float]:
    """Share, precision, recall, F1 of the rows at or above a threshold; accuracy of all."""
    positive, chosen = one.positive, one.scores >= threshold
    right = int((chosen & positive).sum())
    return {
        "threshold": threshold,
        "share": float(chosen.mean()),
        "precision": right / max(1, int(chosen.sum())),
        "recall": right / int(positive.sum()),
        "f1": 2 * right / (int(chosen.sum()) + int(positive.sum())),
        "accuracy": float((chosen == positive).mean()),
    }


def _thinned(curve: Curve) -> list[list[float]]:
    count = len(curve.x)
    chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(int))
    return np.column_stack([curve.x, curve.y])[chosen].round(4).tolist()
