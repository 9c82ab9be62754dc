"""A raw column becomes a feature in its plain form, or is left out."""

from contextlib import suppress
from threading import Lock

import pandas as pd

from reprise.data.date_spelling import date_form, other_order
from reprise.data.formats.csv_types import MISSING
from reprise.data.lists import refuse_lists
from reprise.data.number_spelling import MARKERS, USUAL, number_form
from reprise.data.schema import Column
from reprise.predictor import ColumnKind, Missing, NumberForm, as_kind, kind_of, tidy

CATEGORY_MAX = 40
# Different texts that become dates at once.
_BLOCK = 100_000
# Whole numbers that are days, by their format; how many different ones tell.
_DAY, _DAYS, _FEWEST_DAYS = "%Y%m%d", (1800_01_01, 2099_12_31), 5
# What databases write for no day.
_NO_DAY = r"0+([-/. :]0+)+"
# Words for true and false beside these two, in lower case.
_TRUTHS = ("true/false", "yes/no", "y/n", "t/f", "on/off", "ja/nein", "oui/non", "sí/no", "si/no")
_WORDS = 16  # as many spellings of two words, in capitals or not
# skrub silences warnings while it guesses, which is for one thread at a time.
_GUESSING = Lock()


def plain_feature(
    raw: pd.Series, missing: Missing = USUAL, decimal: str = "."
) -> tuple[pd.Series, Column] | dict[str, str]:
    """Return (values in their plain form, what they are), or why the column is dropped.

    Columns without any value, with one value in every row, or of bytes are dropped. `decimal` is
    the decimal mark of the text that the column comes from. Raises RepriseError for lists.
    """
    kind = kind_with_format(raw, missing, decimal)
    if kind is None or kind == "text":
        refuse_lists(raw)
    if kind is None:
        return {"reason": f"values of type {type(raw.dropna().iloc[0]).__name__}"}
    kind = (kept_words(raw, missing) if kind == "text" else missing).within(kind)
    values = plain_values(raw, kind)
    if values.isna().all():
        return {"reason": "every value is missing"}
    if is_constant(values):
        return {"reason": "constant", "value": str(values.iloc[0])}
    return values, Column(kind, _role(values, kind), str(raw.dtype))


def kept_words(texts: pd.Series, missing: Missing) -> Missing:
    """What stands for a missing value beside texts that are values: NA does not where one is NA.

    Where a format has a sign of its own for it, as JSON has; a CSV of such rows has not.
    """
    if pd.api.types.is_numeric_dtype(texts.dtype):
        return missing
    return Missing(False, missing.markers) if texts.isin(MISSING[1:]).any() else missing


def kind_with_format(
    values: pd.Series, missing: Missing = USUAL, decimal: str = "."
) -> ColumnKind | None:
    """The kind of a raw column, with the form of what text spells throughout.

    Numbers are number:<NumberForm>, truth values boolean:<words>, dates datetime:<form>, and so are
    whole numbers like 20160131; codes are text:<zeros>. Numbers that were read with a decimal comma
    have that form.
    """
    kind = kind_of(values)
    if kind == "number" and _are_days(values):
        return f"datetime:{_DAY}"
    if kind == "number" and decimal != "." and pd.api.types.is_float_dtype(values.dtype):
        return f"number:{NumberForm(decimal)}"
    if kind != "text":
        return kind
    different = pd.Series(as_kind(values, "text").unique(), dtype="str", name="column").dropna()
    if not isinstance(values.dtype, pd.CategoricalDtype):
        if words := _truth_words(different):
            return f"boolean:{words}"
        if form := number_form(list(different), missing, decimal):
            return f"number:{form}"
    return _dates(different, missing) or _codes(different) or kind


def _codes(different: pd.Series) -> ColumnKind | None:
    """text:<zeros> where all of these texts are digits, of some the first a zero: 00501."""
    if not len(different) or not different.str.fullmatch(r"\d+").all():
        return None
    lengths = different.str.len()
    if not (different.str.startswith("0") & (lengths > 1)).any():
        return None
    return f"text:{'0' * int(lengths.iloc[0]) if lengths.nunique() == 1 else '0*'}"


def _truth_words(different: pd.Series) -> str | None:
    """The pair of words for true and false that these texts are, in capitals or not."""
    words = {tidy(text).lower() for text in different.iloc[:_WORDS]}
    if len(different) > _WORDS:
        return None
    return next((pair for pair in _TRUTHS if set(pair.split("/")) == words), None)


def _dates(different: pd.Series, missing: Missing) -> ColumnKind | None:
    """datetime:<form> where all of these texts are dates of one form, but for markers.

    It fits every value: 13/01/2024 shows that 02/03/2024 is the second of March.
    """
    gone = different.str.strip().str.lower().isin(MARKERS) | different.str.fullmatch(_NO_DAY)
    if gone.any() and not gone.all():
        missing = Missing(missing.words, (*missing.markers, *sorted(different[gone])))
        return (form := _date_form(different[~gone])) and missing.within(f"datetime:{form}")
    return (form := _date_form(different)) and f"datetime:{form}"


def _date_form(different: pd.Series) -> str | None:
    """The form of all of these texts, which are dates; None where there is none."""
    from skrub import ToDatetime

    few = different if len(different) <= _BLOCK else different.sample(_BLOCK, random_state=0)
    dates = ToDatetime()
    try:
        with _GUESSING:
            parsed = dates.fit_transform(few)
        form = dates.format_ if not parsed.isna().any() else None
    except ValueError:
        form = None
    form = form or date_form(few)
    if form is None:
        return None
    # Where points are the marks, nobody writes the month first.
    swapped = other_order(form) if form.startswith("%m.%d.") else None
    for each in filter(None, (swapped, form)):
        with suppress(ValueError):
            plain_values(different, f"datetime:{each}")
            return each
    return None


def _are_days(values: pd.Series) -> bool:
    """Whether whole numbers are days of the last two centuries, or of this: 20160131."""
    dtype = values.dtype
    if not (pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_float_dtype(dtype)):
        return False
    if not values.iloc[: _FEWEST_DAYS * 4].dropna().between(*_DAYS).all():
        return False
    different = pd.Series(values.dropna().unique())
    if not (different == different.round()).all():
        return False
    if len(different) < _FEWEST_DAYS or not different.between(*_DAYS).all():
        return False
    days = different.astype("int64").astype("str")
    return bool(pd.to_datetime(days, format=_DAY, errors="coerce").notna().all())


def plain_values(raw: pd.Series, kind: ColumnKind) -> pd.Series:
    """What `as_kind` returns and raises, without a Python object for every row of text."""
    if kind == "text" or not isinstance(raw.dtype, pd.StringDtype):
        return as_kind(raw, kind)
    codes, different = pd.factorize(raw)
    texts = pd.Series(different, name=raw.name)
    try:
        blocks = [
            as_kind(texts.iloc[start : start + _BLOCK], kind)
            for start in range(0, max(1, len(texts)), _BLOCK)
        ]
    except ValueError:
        return as_kind(raw, kind)  # which names the row
    known = pd.concat(blocks).array
    values = pd.api.extensions.take(known, codes, allow_fill=True)
    return pd.Series(values, index=raw.index, name=raw.name)


def is_constant(values: pd.Series) -> bool:
    """Whether every row has the same value, and none is missing."""
    return not values.isna().any() and bool((values == values.iloc[0]).all())


def _role(values: pd.Series, kind: ColumnKind) -> str:
    """number, boolean, date, category (at most 40 different values) or text."""
    base = Missing.of_kind(kind)[0].partition(":")[0]
    if base != "text":
        return "date" if base == "datetime" else base
    return "category" if values.nunique() <= CATEGORY_MAX else "text"
