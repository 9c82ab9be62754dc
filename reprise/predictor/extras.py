"""What predictions may come with: more columns of the same rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .conformal import LOWER, SET, UPPER
from .not_offered import NotOffered
from .tabular import TabularModel, labels_of

PREDICTED = "predicted"
# What contributions are added to.
BASE = "base"


@dataclass(frozen=True)
class Extras:
    """What is wanted beside the prediction: bounds of this `coverage` (0: none), and reasons.

    `reasons` are how many of the columns that moved a prediction most are named with what they
    contributed; `contributions` asks for those of all columns, and for what they are added to.
    """

    coverage: float = 0.0
    reasons: int = 0
    contributions: bool = False

    @property
    def explains(self) -> bool:
        """Whether it takes the model's reasons."""
        return bool(self.reasons) or self.contributions

    def names(self, model: TabularModel) -> list[str]:
        """The columns that `columns` gives, in their order."""
        bounds = [LOWER, UPPER] if model.classes is None else [SET]
        ranks = range(1, self.reasons + 1)
        return [
            *(bounds if self.coverage else []),
            *(name for rank in ranks for name in _of_rank(rank)),
            *([BASE, *map(contribution_of, model.kinds)] if self.contributions else []),
        ]

    def check(self, model: TabularModel) -> None:
        """Raise NotOffered where the model has not what is wanted."""
        if self.coverage:
            # A model comes with the code of its time.
            known = getattr(model, "conformal", None)
            if known is None:
                raise NotOffered(
                    "coverage needs a model that knows its errors, got one of an earlier version: "
                    "train it again"
                )
            if (refusal := known.refusal(self.coverage)) is not None:
                raise NotOffered(refusal)
        if self.reasons > len(model.kinds):
            raise NotOffered(
                f"reasons must be at most {len(model.kinds)}, the columns of the model, got "
                f"{self.reasons}: ask for fewer"
            )
        if self.explains:
            if not hasattr(model, "reasons_of"):
                raise NotOffered(
                    "reasons need a model that can give them, got one of an earlier version: train "
                    "it again"
                )
            try:
                _ = model.work_of_reasons
            except ValueError as error:  # of the model's own code
                raise NotOffered(str(error)) from None

    def columns(
        self, model: TabularModel, rows: pd.DataFrame, outputs: np.ndarray
    ) -> dict[str, Any]:
        """What is wanted, by column, for rows in plain form and the model's outputs for them.

        A column is an array (rows,) or, of `set`, a list of lists. A row has the same values, to
        the last bit, in any company. Raises NotOffered as `check` does.
        """
        self.check(model)
        found: dict[str, Any] = {}
        if self.coverage and model.conformal is not None:
            found |= model.conformal.columns(rows, outputs, model.classes, self.coverage)
        if self.explains:
            reasons = model.reasons_of(rows, outputs)
            for rank, pair in enumerate(reasons.largest(self.reasons), start=1):
                found |= dict(zip(_of_rank(rank), pair, strict=True))
            if self.contributions:
                found[BASE] = reasons.base
                for name, values in zip(reasons.columns, reasons.contributions.T, strict=True):
                    found[contribution_of(name)] = values
        return found


def _of_rank(rank: int) -> tuple[str, str]:
    """The columns of the rank-th reason: its name, and what it contributed."""
    return f"reason_{rank}", f"contribution_{rank}"


def contribution_of(column: str) -> str:
    """The column of what a column contributed."""
    return f"contribution of {column}"


def with_extras(model: TabularModel, table: pd.DataFrame, extras: Extras) -> pd.DataFrame:
    """Predictions of raw rows, as the column `predicted`, and what is wanted beside them."""
    rows = model.plain(table)
    outputs = model.outputs_of(rows)
    said = outputs if model.classes is None else labels_of(outputs, model.classes)
    columns = {PREDICTED: said, **extras.columns(model, rows, outputs)}
    return pd.DataFrame(columns, index=table.index)
