"""What a model says of some rows, in memory and as the table that its run keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.predictor import PREDICTED as PREDICTED
from reprise.predictor import TabularModel, labels_of

ACTUAL = "actual"
_PROBABILITY = "probability of "


@dataclass(frozen=True)
class Prediction:
    """What a model says of some rows.

    `values`, shape (rows,), are numbers or labels; `probabilities`, float64 of shape
    (rows, classes), go with `classes` and are None for regression.
    """

    values: np.ndarray
    probabilities: np.ndarray | None = None
    classes: list[Any] | None = None

    @property
    def numbers(self) -> np.ndarray:
        """The float64 numbers behind the prediction: what digests and bit comparison look at."""
        return self.values if self.probabilities is None else self.probabilities

    @property
    def by_class(self) -> dict[str, np.ndarray]:
        """The probabilities of each class by the name of their column; none for numbers."""
        if self.probabilities is None:
            return {}
        names = probability_columns(self.classes)
        return dict(zip(names, self.probabilities.T, strict=True))

    def at(self, rows: np.ndarray | slice) -> "Prediction":
        """The prediction of some of the rows, by a mask, positions or a slice."""
        probabilities = self.probabilities
        chosen = None if probabilities is None else probabilities[rows]
        return Prediction(self.values[rows], chosen, self.classes)

    def to_frame(self, y: pd.Series) -> pd.DataFrame:
        """A table of the rows: actual, predicted, and a probability column per class."""
        return pd.DataFrame({ACTUAL: y.to_numpy(), PREDICTED: self.values, **self.by_class})

    @classmethod
    def from_frame(cls, table: pd.DataFrame, classes: list[Any] | None) -> "Prediction":
        """The prediction that `to_frame` made a table of, with the labels in their own type."""
        if classes is None:
            return cls(table[PREDICTED].to_numpy("float64"))
        return as_prediction(table[probability_columns(classes)].to_numpy("float64"), classes)


def predict(model: TabularModel, X: pd.DataFrame) -> Prediction:
    """Predict raw rows: numbers, or labels with probabilities."""
    return as_prediction(model.outputs(X), model.classes)


def as_prediction(outputs: np.ndarray, classes: list[Any] | None) -> Prediction:
    """Outputs of a model, numbers (rows,) or probabilities (rows, classes), with their labels."""
    if classes is None:
        return Prediction(outputs)
    return Prediction(labels_of(outputs, classes), outputs, classes)


def probability_columns(classes: Sequence[Any] | None) -> list[str]:
    """What the column of each class's probabilities is called; none for numbers (None)."""
    return [f"{_PROBABILITY}{label}" for label in classes or []]


def labels_in(table: pd.DataFrame) -> list[str]:
    """The labels, as texts, that a table of predictions has probabilities of; none for numbers."""
    names = [str(name) for name in table.columns]
    return [name.removeprefix(_PROBABILITY) for name in names if name.startswith(_PROBABILITY)]
