"""Shapley values of raw columns for any function of features, from permutations.

A row of the background becomes the row to explain column by column, in an order and back to front:
what changes when a column comes is its contribution (antithetic permutations; Mitchell et al. 2022,
"Sampling permutations for Shapley value estimation"). Orders come from a fixed seed and are the
same for every row.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]
_SEED = 0


class SampledShapley:
    """Contributions of columns to what a `function` makes of features.

    The function takes (rows, features) and gives (rows, outputs), float64. `background` are rows of
    features, `owners` the column that each feature was made from.
    """

    def __init__(
        self, function: Function, background: np.ndarray, owners: np.ndarray, columns: int
    ) -> None:
        self._function, self._background = function, background
        self._owners, self._columns = owners, columns
        generator = np.random.default_rng(_SEED)
        ranks = [generator.permutation(columns) for _ in background]
        self._ranks = [(rank, columns - 1 - rank) for rank in ranks]

    @cached_property
    def base(self) -> np.ndarray:
        """The mean output of the background, shape (outputs,)."""
        return np.asarray(self._function(self._background).mean(axis=0))

    def contributions(self, rows: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Contributions to the outputs of rows: (rows, columns, outputs).

        They add up to the `outputs` of these rows, (rows, outputs), minus the base. A row has the
        same, to the last bit, in any company: each is evaluated by itself.
        """
        base = self.base
        found = [
            self._of_row(np.asarray(row, dtype=self._background.dtype), wanted - base)
            for row, wanted in zip(rows, outputs, strict=True)
        ]
        shape = (0, self._columns, len(base))
        return np.stack(found) if found else np.zeros(shape)

    def _of_row(self, row: np.ndarray, change: np.ndarray) -> np.ndarray:
        found = np.zeros((self._columns, len(change)))
        steps = np.arange(self._columns + 1)[:, np.newaxis]
        for other, orders in zip(self._background, self._ranks, strict=True):
            known = np.concatenate([rank[self._owners] < steps for rank in orders])
            outputs = self._function(np.where(known, row, other))
            gains = np.diff(outputs.reshape(len(orders), self._columns + 1, -1), axis=1)
            # Equal rows of one product may differ in their last digits.
            moved = np.isin(np.arange(self._columns), self._owners[row != other])
            for rank, gain in zip(orders, gains, strict=True):
                found[moved] += gain[rank[moved]]
        found /= 2 * len(self._background)
        return found + _rest(found, change)


def _rest(found: np.ndarray, change: np.ndarray) -> np.ndarray:
    """What rounding has left over, for the columns that contribute, by how much they do."""
    sizes = np.abs(found)
    total = sizes.sum(axis=0)
    shares = np.divide(sizes, total, out=np.zeros_like(sizes), where=total > 0)
    return np.asarray(shares * (change - found.sum(axis=0)))
