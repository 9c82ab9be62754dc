"""A row that nobody has: what a table's rows are like, to show beside a model."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.data.schema import Column, Schema

# What fewer rows have may be one person's.
_MANY = 10
_COMMON_SHARE = 0.1
_LOOKED_AT = 10_000
# Exact in JSON, and in float64.
_WHOLE = 1e15
OTHER, ANY_TEXT = "other", "any text"


def typical_row(rows: pd.DataFrame, schema: Schema) -> dict[str, Any]:
    """Values of JSON by column, made of the first 10,000 `rows` in plain form.

    Numbers are medians to three digits, dates the median day, truth the more frequent, categories
    the most frequent where it is common: a tenth of the rows and ten of them. Any other text is a
    placeholder; what fewer than ten rows have is None.
    """
    few = rows.head(_LOOKED_AT)
    return {name: _typical(few[name].dropna(), column) for name, column in schema.columns.items()}


def _typical(values: pd.Series, column: Column) -> Any:
    if column.plain_kind == "text":
        return _common(values) if column.role == "category" else ANY_TEXT
    if len(values) < _MANY:
        return None
    if column.role == "date":
        return f"{values.median():%Y-%m-%d}"
    middle = float(np.median(values))
    return middle >= 0.5 if column.plain_kind == "boolean" else _rounded(middle)


def _common(values: pd.Series) -> str:
    counts = values.value_counts()
    enough = max(_MANY, _COMMON_SHARE * len(values))
    return str(counts.index[0]) if len(counts) and counts.iloc[0] >= enough else OTHER


def _rounded(value: float) -> int | float:
    short = float(f"{value:.3g}")
    return int(short) if short.is_integer() and abs(short) < _WHOLE else short
