"""Values of a kind, as far as they are of it: what is wrong is told, not refused."""

import numpy as np
import pandas as pd

from reprise.data.columns import plain_values
from reprise.data.contracts.inspection import Readable
from reprise.predictor import ColumnKind, Missing, WrongValue


def readable(raw: pd.Series, kind: ColumnKind, decimal: str = ".") -> Readable:
    """The values in the plain form of a kind, those of another kind missing, and which these are.

    `decimal` is the mark of fractions where numbers are still text.
    """
    if (
        decimal == ","
        and Missing.of_kind(kind)[0] == "number"
        and isinstance(raw.dtype, pd.StringDtype)
    ):
        # A point that was there before is part of no number.
        raw = raw.str.replace(".", "no number", regex=False).str.replace(",", ".", regex=False)
    wrong: np.ndarray | None = None
    while True:
        present = raw.notna().to_numpy()
        try:
            return plain_values(raw, kind), wrong
        except WrongValue as error:
            lost = present if error.lost is None else error.lost
        except TypeError:  # lists and the like
            lost = present
        wrong = lost if wrong is None else wrong | lost
        raw = raw.mask(lost)
