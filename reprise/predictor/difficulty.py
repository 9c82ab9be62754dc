"""How hard a row is for a model: the error that rows like it have had, by a small forest."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .trees import Trees

# Larger numbers, of which trees would make infinite sums, are taken for this one.
_LARGEST = 1e30
_LEAST = "least"


@dataclass(frozen=True)
class Difficulty:
    """Regression `trees` that say the expected |error| of the inputs that `inputs_of` gives.

    Nothing is below `least`.
    """

    trees: Trees
    least: float

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All of it as arrays by name."""
        return {**self.trees.arrays, _LEAST: np.array(self.least)}

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray]) -> "Difficulty":
        """What `arrays` gave."""
        trees = {name: array for name, array in arrays.items() if name != _LEAST}
        return cls(Trees(**trees, dtype="float32"), float(arrays[_LEAST]))

    def of(self, rows: pd.DataFrame, outputs: np.ndarray) -> np.ndarray:
        """The difficulty of rows in plain form with these outputs, float64 (rows,), above 0."""
        found = self.trees.outputs(inputs_of(rows, outputs))[:, 0]
        return np.asarray(np.maximum(found, self.least))


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
