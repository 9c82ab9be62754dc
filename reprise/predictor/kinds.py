"""Raw values in the one form of their kind: the same for training and for prediction."""

import re
from datetime import timedelta
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from .date_form import dates_of
from .missing import Missing
from .number_form import NumberForm, tidy

# number, boolean, datetime, text; or datetime:<form> for dates that the source spells as text (see
# `dates_of`), number:<NumberForm> for numbers that it spells as people do, boolean:<true>/<false>
# for other words than these. `Missing.within` adds what stands for no value in it.
ColumnKind = str

# Dates that may come as whole numbers: 20160131.
_DIGITS = re.compile(r"(%[YmdHMS])+")

# How text spells a missing number, truth value or date: as pandas has it, and its own NaT.
_MISSING_AS_TEXT = frozenset(
    """
    NaT #N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan null
    """.split()  # noqa: SIM905 (a list of 19 would be a page)
) | {"", "#N/A N/A"}

_NO_DATES = (Number, timedelta)
# What pandas takes for a date and is none: "now", "today", years before 1; and what does not begin
# with a year, which it completes with the day of today.
_NO_FORM, _NO_ISO = re.compile(r"\s*-|\D*\Z"), re.compile(r"(?!\s*\d{4})")


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
    kind, missing = Missing.of_kind(kind)
    if not missing.markers:
        return _as_plain_kind(values, kind)
    found = _as_plain_kind(missing.taken_out(values), kind)
    # $-999 is known for -999 only now.
    return missing.taken_out(found) if kind.startswith("number:") else found


def _as_plain_kind(values: pd.Series, kind: ColumnKind) -> pd.Series:
    if kind == "text":
        return _as_text(values)
    if isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype) or values.dtype == np.object_:
        values = values.astype(object)
        values = values.mask(values.isin(_MISSING_AS_TEXT))
    if kind.startswith("datetime"):
        return _as_datetime(values, kind.partition(":")[2])
    if kind.startswith("number:") and values.dtype == np.object_:
        return _as_spelled(values, NumberForm.parse(kind.partition(":")[2]))
    return _as_number(values, kind)


def _as_number(values: pd.Series, kind: ColumnKind) -> pd.Series:
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return values.dt.total_seconds()
    truth = kind.startswith("boolean")
    expected = "true or false" if truth else "a number"
    if isinstance(values.dtype, pd.PeriodDtype) or pd.api.types.is_datetime64_any_dtype(values):
        # pandas would count the time since 1970, also where there is no date.
        _refuse_all(values, expected)
        return pd.Series(np.nan, index=values.index, name=values.name)
    plain = values
    if truth and values.dtype == np.object_:
        plain = _truths(values, kind.partition(":")[2])
    numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
    _refuse_lost(values, numbers, expected)
    infinite = np.isinf(numbers)
    return numbers.mask(infinite) if infinite.any() else numbers


def _truths(values: pd.Series, words: str) -> pd.Series:
    """1 and 0 for the words of true and false, in any case; the rest as it is."""
    true, _, false = words.partition("/")
    known = {true: 1.0, false: 0.0} if words else {}
    known |= {"true": 1.0, "false": 0.0}
    plain = [known.get(tidy(x).lower(), x) if isinstance(x, str) else x for x in values]
    return pd.Series(plain, index=values.index, name=values.name, dtype="object")


def _as_spelled(values: pd.Series, form: NumberForm) -> pd.Series:
    """Numbers spelled in a form, among which may be numbers as such."""
    values = values.mask(values.isin(form.missing))
    plain = [form.number(each) if isinstance(each, str) else each for each in values]
    numbers = pd.Series(plain, index=values.index, name=values.name, dtype="object")
    _refuse_lost(values, numbers, "a number")
    return _as_number(numbers, "number")


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
    if _DIGITS.fullmatch(form) and pd.api.types.is_numeric_dtype(values.dtype):
        values = _digits(values)
    dtype = values.dtype
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        # pandas would count numbers as nanoseconds since 1970.
        _refuse_all(values, "a date")
        return pd.Series(pd.NaT, index=values.index, name=values.name, dtype="datetime64[us]")
    if dtype == np.object_:
        no_dates = [isinstance(each, _NO_DATES) and each == each for each in values]  # not NaN
        if any(no_dates):
            _refuse_all(values.where(np.array(no_dates)), "a date")
    if form and values.dtype == np.object_:
        dates = dates_of(_without(values, _NO_FORM), form)
        # Dates may also come as dates, or as ISO 8601 spells them, which is never ambiguous.
        dates = dates.fillna(_iso_dates(values[dates.isna()]))
    else:
        dates = _iso_dates(values)
    expected = f"a date{form and f' ({form})'}"
    _refuse_lost(values, dates, expected)
    plain = dates.dt.tz_localize(None)
    try:
        return plain.astype("datetime64[us]")
    except pd.errors.OutOfBoundsDatetime:
        stamps = plain.to_numpy()
        held = stamps.astype("datetime64[us]").astype(stamps.dtype) == stamps
        _refuse_lost(values, plain.where(held), expected)
        raise


def _iso_dates(values: pd.Series) -> pd.Series:
    """Dates in UTC of dates as such, and of text in ISO 8601; NaT for what is none."""
    form = "ISO8601" if values.dtype == np.object_ else None
    return pd.to_datetime(_without(values, _NO_ISO), errors="coerce", utc=True, format=form)


def _without(values: pd.Series, wrong: re.Pattern[str]) -> pd.Series:
    """The values without texts that begin like this."""
    if values.dtype != np.object_:
        return values
    found = [isinstance(each, str) and wrong.match(each) is not None for each in values]
    return values.mask(np.array(found, dtype=bool))


def _digits(values: pd.Series) -> pd.Series:
    """Whole numbers as text; others as they are, which is no date."""
    texts = [
        None if pd.isna(each) else str(int(each)) if each == int(each) else str(each)
        for each in values
    ]
    return pd.Series(texts, index=values.index, name=values.name, dtype="object")


def _refuse_lost(before: pd.Series, after: pd.Series, expected: str) -> None:
    lost = (before.notna() & after.isna()).to_numpy()
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        value = before.iloc[row]
        shown = value.item() if isinstance(value, np.generic) else value
        raise WrongValue(str(before.name), expected, shown, row + 1, lost)


def _refuse_all(values: pd.Series, expected: str) -> None:
    _refuse_lost(values, values.mask(values.notna()), expected)


def plain_features(table: pd.DataFrame, kinds: dict[str, ColumnKind]) -> pd.DataFrame:
    """The columns named in `kinds`, in that order, each as `as_kind` makes it.

    Further columns are ignored, and blanks around names. Raises ValueError that lists the columns
    that are not there.
    """
    given = {name: name for name in table.columns}
    if not kinds.keys() <= given.keys():
        given = {tidy(str(name)): name for name in table.columns} | given
    absent = [name for name in kinds if name not in given]
    if absent:
        raise ValueError(f"columns missing from the table: {', '.join(map(repr, absent))}")
    columns = {name: as_kind(table[given[name]].rename(name), kind) for name, kind in kinds.items()}
    return pd.DataFrame(columns, index=table.index)
