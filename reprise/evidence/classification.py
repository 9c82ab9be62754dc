"""What the predictions of a classification show."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from reprise.evaluation import Prediction

_MOST_POINTS = 120
_MOST_CLASSES = 10
_MOST_IN_MATRIX = 30
_THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def evidence(y: pd.Series, prediction: Prediction) -> dict[str, Any]:
    """Counts of actual by predicted class; ROC, precision and recall, calibration, of each class.

    Of two classes the second is looked at, and what each threshold on its probability would give;
    of many the ten most frequent, each against the rest.
    """
    found: dict[str, Any] = {"confusion": _confusion(y, prediction)}
    told_apart = list(_one_against_rest(y, prediction))
    for name, curve in (("roc", _roc), ("precision_recall", _precision_recall),
                        ("calibration", _calibration)):  # fmt: skip
        found[name] = [
            {"label": label} | curve(positive, scores) for label, positive, scores in told_apart
        ]
    if prediction.classes is not None and len(prediction.classes) == 2 and told_apart:
        label, positive, scores = told_apart[0]
        rows = [_at_threshold(positive, scores, threshold) for threshold in _THRESHOLDS]
        found["thresholds"] = {"label": label, "rows": rows}
    return found


def _confusion(y: pd.Series, prediction: Prediction) -> dict[str, Any] | None:
    actual, predicted = y.astype(str), pd.Series(prediction.values).astype(str)
    labels = list(dict.fromkeys([*map(str, prediction.classes or []), *sorted(actual.unique())]))
    if len(labels) > _MOST_IN_MATRIX:
        return None
    positions = {label: position for position, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype="int64")
    np.add.at(counts, (actual.map(positions).to_numpy(), predicted.map(positions).to_numpy()), 1)
    return {"labels": labels, "rows": counts.tolist()}


def _one_against_rest(
    y: pd.Series, prediction: Prediction
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """(label, is it that label, its probability) of the classes that can be told apart here."""
    if prediction.classes is None or prediction.probabilities is None:
        raise ValueError("this is known of classes")
    actual = y.to_numpy()
    positions = [1] if len(prediction.classes) == 2 else range(len(prediction.classes))
    found = [
        (str(prediction.classes[position]), actual == prediction.classes[position],
         prediction.probabilities[:, position])
        for position in positions
    ]  # fmt: skip
    usable = [item for item in found if item[1].any() and not item[1].all()]
    yield from sorted(usable, key=lambda item: -item[1].sum())[:_MOST_CLASSES]


def _roc(positive: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    from sklearn.metrics import auc, roc_curve

    false, true, _ = roc_curve(positive, scores)
    return {"area": float(auc(false, true)), "points": _thinned(false, true)}


def _precision_recall(positive: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, scores)
    average = float(average_precision_score(positive, scores))
    return {"average": average, "points": _thinned(recall[::-1], precision[::-1])}


def _calibration(positive: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    from sklearn.calibration import calibration_curve

    share, mean = calibration_curve(positive, np.clip(scores, 0, 1), n_bins=10)
    return {"points": _thinned(mean, share)}


def _at_threshold(positive: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float]:
    """Share, precision, recall, F1 of the rows at or above a threshold; accuracy of all."""
    chosen = scores >= threshold
    right = int((chosen & positive).sum())
    return {
        "threshold": threshold,
        "share": float(chosen.mean()),
        "precision": right / max(1, int(chosen.sum())),
        "recall": right / int(positive.sum()),
        "f1": 2 * right / (int(chosen.sum()) + int(positive.sum())),
        "accuracy": float((chosen == positive).mean()),
    }


def _thinned(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_POINTS)).round().astype(int))
    return np.column_stack([x, y])[chosen].round(4).tolist()
