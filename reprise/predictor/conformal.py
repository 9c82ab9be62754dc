"""How far a prediction may be from the truth: conformal intervals of numbers, sets of labels."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .difficulty import Difficulty

LOWER, UPPER, SET = "lower", "upper", "set"
# A share of rows that floats spell a little too large is still that share.
_DIGITS = 9


@dataclass(frozen=True)
class Conformal:
    """Scores of rows that a model has not learned from, float64 (rows,), ascending.

    For numbers a score is |actual - predicted|, divided by the row's `difficulty` where there is
    one (normalised split conformal, Papadopoulos et al. 2002, Lei et al. 2018); for classes it is
    1 - the probability of the actual label (least ambiguous sets, Sadinle et al. 2019). Of further
    rows that are like these, a share of at least the coverage is within the bounds.
    """

    scores: np.ndarray
    difficulty: Difficulty | None = None

    def refusal(self, coverage: float) -> str | None:
        """Why bounds of this coverage cannot be had of so few rows; None where they can."""
        rows = len(self.scores)
        if 1 <= self._place(coverage) <= rows:
            return None
        most = math.floor(rows / (rows + 1) * 1e4) / 1e4
        return (
            f"coverage must be above 0 and at most {most:g} for this model, whose errors are known "
            f"of {rows} rows, got {coverage:g}: ask for less, or train on more rows"
        )

    def largest(self, coverage: float) -> float:
        """The largest score within bounds that are not refused: the ceil((rows + 1) coverage)-th.

        Without a difficulty it is how far they are from the prediction.
        """
        return float(self.scores[self._place(coverage) - 1])

    def _place(self, coverage: float) -> int:
        return math.ceil(round((len(self.scores) + 1) * coverage, _DIGITS))

    def columns(
        self, rows: pd.DataFrame, outputs: np.ndarray, classes: list[Any] | None, coverage: float
    ) -> dict[str, Any]:
        """`lower` and `upper`, float64 (rows,), or `set`, a list of labels for each row.

        `rows` are in plain form, `outputs` what the model says of them. Labels come in the order
        of `classes`; where none is probable enough for this coverage, the set is empty.
        """
        largest = self.largest(coverage)
        if classes is None:
            reach = np.full(len(outputs), largest)
            if self.difficulty is not None:
                reach = largest * self.difficulty.of(rows, outputs)
            return {LOWER: outputs - reach, UPPER: outputs + reach}
        within = 1.0 - outputs <= largest
        return {SET: [[classes[place] for place in np.flatnonzero(row)] for row in within]}

    def save(self, path: str | Path) -> None:
        """Write the arrays to an .npz file, without pickle."""
        arrays = {} if self.difficulty is None else self.difficulty.arrays
        np.savez(path, allow_pickle=False, scores=self.scores, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Conformal":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        scores = arrays.pop("scores")
        return cls(scores, Difficulty.of_arrays(arrays) if arrays else None)
