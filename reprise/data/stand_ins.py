"""Numbers that stand for a missing value: -999 where others go from 3 to 40."""

import numpy as np
import pandas as pd

from reprise.predictor import Missing

_FEWEST_ROWS = 3
_FEWEST_SHARE = 0.005


def stands_apart(values: pd.Series, missing: Missing) -> str:
    """In words: the least or greatest number, where it repeats and stands far from all others.

    Far is farther than all others are from each other. Empty where there is none such. `missing`
    is what was asked for beside, which the remedy does not take away.
    """
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return ""
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    if not (finite := np.isfinite(numbers)).all():
        numbers = numbers[finite]
    if len(numbers) < _FEWEST_ROWS:
        return ""
    for extreme, inner in ((numbers.min(), np.min), (numbers.max(), np.max)):
        repeated = numbers == extreme
        count = int(np.count_nonzero(repeated))
        if not max(_FEWEST_ROWS, _FEWEST_SHARE * len(numbers)) <= count <= len(numbers) / 2:
            continue
        others = numbers[~repeated]
        spread = others.max() - others.min()
        if 0 < spread < abs(extreme - inner(others)):
            number = f"{extreme:.15g}"
            remedy = f"missing={missing.also(number)} takes it for missing"
            return f"{number} stands apart in {count} rows: kept as a number; {remedy}"
    return ""
