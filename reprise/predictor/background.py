"""What training rows are like, as plain arrays: what a prediction is explained against."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

# Each row costs an evaluation for every column; with 50 the base lies close to that of all rows.
_ROWS = 50


@dataclass(frozen=True)
class Background:
    """Features of the rows that a model learned from.

    `means` of shape (features,) are those of all rows, `rows` of shape (rows, features) some of
    them, float64.
    """

    means: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, features: Any, target: Any) -> Self:
        """The background of rows (rows, features) with this target.

        The rows kept are spread evenly over the target, so that what a model predicts for them is
        on average what it predicts for all.
        """
        values = np.asarray(features, dtype="float64")
        order = np.argsort(np.unique(target, return_inverse=True)[1], kind="stable")
        count = min(_ROWS, len(order))
        chosen = order[((np.arange(count) + 0.5) * len(order) / count).astype("int64")]
        return cls(values.mean(axis=0), values[np.sort(chosen)])

    def save(self, path: str | Path) -> None:
        """Write the arrays to an .npz file, without pickle."""
        np.savez(path, allow_pickle=False, means=self.means, rows=self.rows)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["means"], arrays["rows"])
