"""How hard a row is for a model: the error that rows like it have had, by a small forest."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

# Larger numbers, of which trees would make infinite sums, are taken for this one.
_LARGEST = 1e30
_ARRAYS = ("feature", "threshold", "left", "right", "value", "roots", "filling", "least")


@dataclass(frozen=True)
class Difficulty:
    """Regression trees as plain arrays, one entry a node, whose mean is the expected |error|.

    A node of `feature` -1 is a leaf of that `value`; elsewhere an input of at most `threshold`
    goes to the node `left`, others to `right`. `roots` are where the trees begin. Inputs are those
    of `inputs_of`; `filling`, one number each, stands where one is missing. Nothing is below
    `least`.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    roots: np.ndarray
    filling: np.ndarray
    least: np.ndarray

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray]) -> "Difficulty":
        """What `arrays` gave."""
        return cls(**{name: arrays[name] for name in _ARRAYS})

    def of(self, rows: pd.DataFrame, outputs: np.ndarray) -> np.ndarray:
        """The difficulty of rows in plain form with these outputs, float64 (rows,), above 0."""
        inputs = filled(inputs_of(rows, outputs), self.filling)
        everyone = np.arange(len(inputs))
        total = np.zeros(len(inputs))
        for root in self.roots:  # one after the other: the order of a sum is in its bits
            nodes = np.full(len(inputs), root)
            while (inner := self.feature[nodes] >= 0).any():
                at, who = nodes[inner], everyone[inner]
                goes_left = inputs[who, self.feature[at]] <= self.threshold[at]
                nodes[inner] = np.where(goes_left, self.left[at], self.right[at])
            total = total + self.value[nodes]
        return np.asarray(np.maximum(total / len(self.roots), self.least))


def inputs_of(rows: pd.DataFrame, outputs: np.ndarray) -> np.ndarray:
    """What tells hard rows from others: the prediction, and each column that is a number or date.

    float32 of shape (rows, 1 + such columns), NaN where a value is missing. Text says what it does
    through the prediction.
    """
    columns = [outputs]
    for _, values in rows.items():
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            stamps = values.to_numpy("datetime64[s]")
            columns.append(np.where(np.isnat(stamps), np.nan, stamps.astype("int64")))
        elif pd.api.types.is_numeric_dtype(values.dtype):
            columns.append(values.to_numpy("float64"))
    numbers = np.column_stack(columns)
    return np.asarray(np.clip(numbers, -_LARGEST, _LARGEST).astype("float32"))


def filled(inputs: np.ndarray, filling: np.ndarray) -> np.ndarray:
    """The inputs without gaps."""
    return np.asarray(np.where(np.isnan(inputs), filling, inputs).astype("float32"))
