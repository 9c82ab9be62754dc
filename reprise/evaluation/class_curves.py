"""How well classes are told apart: confusion, and each class against the rest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.evaluation.prediction import ACTUAL, Prediction, labels_in, probability_columns

MOST_CLASSES = 10


@dataclass(frozen=True)
class Confusion:
    """Rows of each actual class by predicted class.

    `labels` are those that the model knows, in its order, then others that occur; `counts`, int64
    of shape (labels, labels), has a row for each actual class.
    """

    labels: list[str]
    counts: np.ndarray

    @classmethod
    def of(cls, y: pd.Series, prediction: Prediction) -> "Confusion":
        """Count what is predicted of each class."""
        actual, predicted = y.astype(str), pd.Series(prediction.values).astype(str)
        known = map(str, prediction.classes or [])
        labels = list(dict.fromkeys([*known, *sorted(actual.unique())]))
        places = {label: position for position, label in enumerate(labels)}
        counts = np.zeros((len(labels), len(labels)), dtype="int64")
        np.add.at(counts, (actual.map(places).to_numpy(), predicted.map(places).to_numpy()), 1)
        return cls(labels, counts)

    def ordered(self, labels: list[str]) -> "Confusion":
        """The same with the labels in another order."""
        places = [self.labels.index(label) for label in labels]
        return Confusion(labels, self.counts[np.ix_(places, places)])


@dataclass(frozen=True)
class Curve:
    """Points of a curve, `x` and `y` of shape (points,)."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class AgainstRest:
    """One class against all others: which rows are of it, and how probable the model thinks that.

    `positive`, bool, and `scores`, float64, have the shape (rows,).
    """

    label: str
    positive: np.ndarray
    scores: np.ndarray

    def roc(self) -> tuple[Curve, float]:
        """False positive rate to true positive rate at every threshold, and the area below."""
        from sklearn.metrics import auc

        curve = _roc(self.positive, self.scores)
        return curve, float(auc(curve.x, curve.y))

    def precision_recall(self) -> tuple[Curve, float]:
        """Recall to precision at every threshold, from full recall down; average precision."""
        from sklearn.metrics import average_precision_score, precision_recall_curve

        precision, recall, _ = precision_recall_curve(self.positive, self.scores)
        average = float(average_precision_score(self.positive, self.scores))
        return Curve(recall, precision), average

    def calibration(self) -> Curve:
        """Mean predicted probability to the share of rows of the class, in ten equal steps."""
        from sklearn.calibration import calibration_curve

        share, mean = calibration_curve(self.positive, np.clip(self.scores, 0, 1), n_bins=10)
        return Curve(mean, share)


def against_rest(y: pd.Series, prediction: Prediction) -> list[AgainstRest]:
    """The classes that can be told apart here, at most ten, the most frequent first.

    Of two classes that is the second. Raises ValueError where the prediction is of numbers.
    """
    if prediction.classes is None or prediction.probabilities is None:
        raise ValueError("this is known of classes")
    actual = y.to_numpy()
    found = [
        AgainstRest(str(label), actual == label, prediction.probabilities[:, position])
        for position, label in _looked_at(prediction.classes)
    ]
    usable = [each for each in found if each.positive.any() and not each.positive.all()]
    return sorted(usable, key=lambda each: -each.positive.sum())[:MOST_CLASSES]


def pooled_roc(table: pd.DataFrame) -> Curve:
    """The ROC of a table of predictions: of more than two classes each against the rest, pooled."""
    labels = [label for _, label in _looked_at(labels_in(table))]
    actual = table[ACTUAL].astype(str)
    names = probability_columns(labels)
    scores = np.concatenate([table[name].to_numpy() for name in names])
    return _roc(np.concatenate([actual == label for label in labels]), scores)


def _looked_at(classes: list[Any]) -> list[tuple[int, Any]]:
    """Position and label of what is looked at: of two classes the second says it all."""
    numbered = list(enumerate(classes))
    return numbered[1:] if len(classes) == 2 else numbered


def _roc(positive: np.ndarray, scores: np.ndarray) -> Curve:
    from sklearn.metrics import roc_curve

    false, true, _ = roc_curve(positive, scores)
    return Curve(false, true)
