"""What a value that is not of its column's kind is told with."""

from typing import Any

import numpy as np
import pandas as pd


class WrongValue(ValueError):
    """A value that is not of its column's kind; `row` counts from 1.

    `lost` says of every row of the column whether its value is such a one.
    """

    def __init__(
        self, column: str, expected: str, value: Any, row: int, lost: np.ndarray | None = None
    ) -> None:
        super().__init__(f"column '{column}' must hold {expected}, got {value!r} in row {row}")
        self.column, self.expected, self.value, self.row = column, expected, value, row
        self.lost = lost

    def after(self, rows: int) -> "WrongValue":
        """The same where `rows` others come before the table that it was found in."""
        return WrongValue(self.column, self.expected, self.value, self.row + rows)


def refuse_lost(before: pd.Series, after: pd.Series, expected: str) -> None:
    """Raise WrongValue for the first value that is missing `after` it was read, and not before."""
    lost = (before.notna() & after.isna()).to_numpy()
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        value = before.iloc[row]
        shown = value.item() if isinstance(value, np.generic) else value
        raise WrongValue(str(before.name), expected, shown, row + 1, lost)


def refuse_all(values: pd.Series, expected: str) -> None:
    """Raise WrongValue for the first value that there is."""
    refuse_lost(values, values.mask(values.notna()), expected)
