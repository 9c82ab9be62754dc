"""Models that cost nothing to make, for the tests of serving."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.inference.load import LoadedModel
from reprise.predictor import TabularModel
from reprise.predictor.reasons import Attribution

KINDS = {"size": "number", "flag": "boolean", "seen": "datetime:%d/%m/%Y", "who": "text"}
ROW = {"size": 2.5, "flag": True, "seen": "31/01/2024", "who": "Ann"}


class Doubling(TabularModel):
    """Twice the size; as trees do, it refuses a table with a number that no float32 holds."""

    def __init__(self, classes: list[Any] | None = None) -> None:
        super().__init__(dict(KINDS), classes)
        self.calls: list[int] = []

    def outputs_of(self, rows: pd.DataFrame) -> np.ndarray:
        self.calls.append(len(rows))
        size = rows["size"].fillna(0.0)
        if (size.abs() > np.finfo("float32").max).any():
            raise ValueError("Input X contains a value too large for dtype('float32')")
        if (size == -1).any():
            raise SystemExit("a defect of the model")
        numbers = np.where(size == -2, np.nan, 2.0 * size)
        if self.classes is None:
            return numbers
        return np.column_stack([numbers] + [np.zeros(len(rows))] * (len(self.classes) - 1))


class Telling(Doubling):
    """Says that all of it comes from the size, and of labels that nothing does."""

    work_of_reasons = 1.0

    def attribution_of(self, rows: pd.DataFrame) -> Attribution:
        outputs = len(self.classes or [0])
        found = np.zeros((len(rows), len(self.kinds), outputs))
        if self.classes is None:
            found[:, 0, 0] = 2.0 * rows["size"] - 1.0
        return Attribution(found, np.full(outputs, 1.0 / outputs))


def loaded(classes: list[Any] | None = None, model: type[Doubling] = Doubling) -> LoadedModel:
    """Such a model, as if it had been loaded."""
    return LoadedModel("models:/m-1", model(classes), "regression", "y", None, None)
