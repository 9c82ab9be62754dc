"""Outputs of a model; where it cannot take a value, that is named."""

import numpy as np
import pandas as pd

from reprise.predictor import TabularModel, WrongValue

# Trees take their numbers in this type, and refuse a table in which one does not fit.
_LARGEST = float(np.finfo("float32").max)


def outputs_of(model: TabularModel, rows: pd.DataFrame) -> np.ndarray:
    """What `model.outputs_of` returns for rows in plain form.

    Raises WrongValue where it fails and a number is too large for it, and else what it raises.
    """
    try:
        return model.outputs_of(rows)
    except Exception:
        if (too_large := _too_large(rows)) is not None:
            raise too_large from None
        raise


def _too_large(rows: pd.DataFrame) -> WrongValue | None:
    for name, values in rows.items():
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            continue
        # Text of digits is numbers to skrub's encoders.
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64")
        found = np.flatnonzero(np.abs(numbers) > _LARGEST)
        if found.size:
            row = int(found[0])
            expected = f"numbers up to {_LARGEST:.2g}"
            return WrongValue(str(name), expected, float(numbers[row]), row + 1)
    return None
