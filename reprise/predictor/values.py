"""Raw values in the one form of their kind: the same for training and for prediction."""

from typing import Any

import numpy as np
import pandas as pd

# number, boolean, datetime, text; or datetime:<format> for dates that the source spells as text.
ColumnKind = str

# How JSON and CSV spell a missing number or date.
_MISSING_AS_TEXT = ("", "NaT", "nan", "NaN", "None", "null")


class WrongValue(ValueError):
    """A value that is not of its column's kind; `row` counts from 1."""

    def __init__(self, column: str, expected: str, value: Any, row: int) -> None:
        super().__init__(f"column '{column}' must hold {expected}, got {value!r} in row {row}")
        self.column, self.expected, self.value, self.row = column, expected, value, row

    def after(self, rows: int) -> "WrongValue":
        """The same where `rows` others come before the table that it was found in."""
        return WrongValue(self.column, self.expected, self.value, self.row + rows)


def kind_of(values: pd.Series) -> ColumnKind | None:
    """The kind of a raw column, or None for nested or binary values.

    Categories are text whatever they are made of; time spans are numbers (seconds).
    """
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "text"
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "datetime"
    if not pd.api.types.is_object_dtype(dtype):
        return "text"
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found in ("integer", "floating", "mixed-integer-float", "decimal", "empty"):
        return "number"
    if found == "boolean":
        return "boolean"
    if found in ("date", "datetime", "datetime64"):
        return "datetime"
    if found == "bytes" or any(not np.isscalar(value) for value in values.dropna()):
        return None
    return "text"


def as_kind(values: pd.Series, kind: ColumnKind) -> pd.Series:
    """Return `values` in the one form of their kind; the same for training and prediction.

    Numbers and booleans become float64 (infinities become missing), dates datetime64[us] without
    time zone (UTC), text str. Raises WrongValue where a value is of another kind.
    """
    if kind == "text":
        return _as_text(values)
    if isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype) or values.dtype == np.object_:
        values = values.astype(object)
        values = values.mask(values.isin(_MISSING_AS_TEXT))
    if kind.startswith("datetime"):
        return _as_datetime(values, kind.partition(":")[2])
    return _as_number(values, kind)


def _as_number(values: pd.Series, kind: ColumnKind) -> pd.Series:
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return values.dt.total_seconds()
    plain = values
    if kind == "boolean" and values.dtype == np.object_:
        plain = values.replace({"True": 1.0, "true": 1.0, "False": 0.0, "false": 0.0})
    numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
    _refuse_lost(values, numbers, "a number" if kind == "number" else "true or false")
    infinite = np.isinf(numbers)
    return numbers.mask(infinite) if infinite.any() else numbers


def _as_text(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype):
        return values.astype("str")
    missing = values.isna()
    texts = [None if gone else _text(value) for value, gone in zip(values, missing, strict=True)]
    return pd.Series(texts, index=values.index, name=values.name, dtype="str")


def _text(value: Any) -> str:
    # 1.0 is how pandas shows the 1 of a column that has missing values.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _as_datetime(values: pd.Series, form: str) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values.dtype):
        # pandas would count numbers as nanoseconds since 1970.
        _refuse_lost(values, values.mask(values.notna()), "a date")
        values = values.astype("float64")
    if form and values.dtype == np.object_:
        dates = pd.to_datetime(values, errors="coerce", utc=True, format=form)
        # Dates may also come as dates, or as ISO 8601 spells them, which is never ambiguous.
        rest = pd.to_datetime(values[dates.isna()], errors="coerce", utc=True, format="ISO8601")
        dates = dates.fillna(rest)
    else:
        mixed = "mixed" if values.dtype == np.object_ else None
        dates = pd.to_datetime(values, errors="coerce", utc=True, format=mixed)
    _refuse_lost(values, dates, f"a date{form and f' ({form})'}")
    return dates.dt.tz_localize(None).astype("datetime64[us]")


def _refuse_lost(before: pd.Series, after: pd.Series, expected: str) -> None:
    lost = (before.notna() & after.isna()).to_numpy()
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        value = before.iloc[row]
        shown = value.item() if isinstance(value, np.generic) else value
        raise WrongValue(str(before.name), expected, shown, row + 1)


def plain_features(table: pd.DataFrame, kinds: dict[str, ColumnKind]) -> pd.DataFrame:
    """The columns named in `kinds`, in that order, each as `as_kind` makes it.

    Further columns are ignored. Raises ValueError that lists the columns that are not there.
    """
    absent = [name for name in kinds if name not in table.columns]
    if absent:
        raise ValueError(f"columns missing from the table: {', '.join(map(repr, absent))}")
    columns = {name: as_kind(table[name], kind) for name, kind in kinds.items()}
    return pd.DataFrame(columns, index=table.index)
