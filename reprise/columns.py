"""A raw column becomes a feature in its plain form, or is left out."""

from threading import Lock

import pandas as pd

from reprise.predictor import ColumnKind, as_kind, kind_of
from reprise.schema import Column

CATEGORY_MAX = 40
# Different texts that become dates at once.
_BLOCK = 100_000
# skrub silences warnings while it guesses, which is for one thread at a time.
_GUESSING = Lock()


def plain_feature(raw: pd.Series) -> tuple[pd.Series, Column] | dict[str, str]:
    """Return (values in their plain form, what they are), or why the column is dropped.

    Columns without any value, with one value in every row, or with nested values are dropped.
    """
    kind = kind_with_format(raw)
    if kind is None:
        return {"reason": "nested values"}
    values = plain_values(raw, kind)
    if values.isna().all():
        return {"reason": "every value is missing"}
    if is_constant(values):
        return {"reason": "constant", "value": str(values.iloc[0])}
    return values, Column(kind, _role(values, kind), str(raw.dtype))


def kind_with_format(values: pd.Series) -> ColumnKind | None:
    """The kind of a raw column; text that is dates throughout is datetime:<format>.

    The format is the one that fits every value (skrub.ToDatetime): 13/01/2024 shows that
    02/03/2024 is the second of March. Where months and days cannot be told apart, months are first.
    """
    from skrub import ToDatetime

    kind = kind_of(values)
    if kind != "text":
        return kind
    texts = as_kind(values, "text").dropna()
    different = pd.Series(texts.unique(), dtype="str", name="column")
    few = different if len(different) <= _BLOCK else different.sample(_BLOCK, random_state=0)
    dates = ToDatetime()
    try:
        with _GUESSING:
            parsed = dates.fit_transform(few)
        if not dates.format_ or parsed.isna().any():
            return kind
        plain_values(different, f"datetime:{dates.format_}")
    except ValueError:
        return kind
    return f"datetime:{dates.format_}"


def plain_values(raw: pd.Series, kind: ColumnKind) -> pd.Series:
    """What `as_kind` returns and raises, without a Python object for every row of text."""
    if kind == "text" or not isinstance(raw.dtype, pd.StringDtype):
        return as_kind(raw, kind)
    codes, different = pd.factorize(raw)
    texts = pd.Series(different, name=raw.name)
    try:
        blocks = [as_kind(texts.iloc[start : start + _BLOCK], kind)
                  for start in range(0, max(1, len(texts)), _BLOCK)]  # fmt: skip
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
    if kind != "text":
        return "date" if kind.startswith("datetime") else kind
    return "category" if values.nunique() <= CATEGORY_MAX else "text"
