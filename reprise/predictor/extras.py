"""What predictions may come with: more columns of the same rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .conformal import LOWER, SET, UPPER
from .not_offered import NotOffered
from .tabular import TabularModel, labels_of

PREDICTED = "predicted"


@dataclass(frozen=True)
class Extras:
    """What is wanted beside the prediction: bounds of this `coverage` (0: none)."""

    coverage: float = 0.0

    def names(self, model: TabularModel) -> list[str]:
        """The columns that `columns` gives, in their order."""
        if not self.coverage:
            return []
        return [LOWER, UPPER] if model.classes is None else [SET]

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
        return found


def with_extras(model: TabularModel, table: pd.DataFrame, extras: Extras) -> pd.DataFrame:
    """Predictions of raw rows, as the column `predicted`, and what is wanted beside them."""
    rows = model.plain(table)
    outputs = model.outputs_of(rows)
    said = outputs if model.classes is None else labels_of(outputs, model.classes)
    columns = {PREDICTED: said, **extras.columns(model, rows, outputs)}
    return pd.DataFrame(columns, index=table.index)
