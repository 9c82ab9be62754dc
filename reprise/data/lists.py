"""Columns that hold lists: no value a row, and nothing to learn from as it stands."""

import re

import numpy as np
import pandas as pd

from reprise.errors import RepriseError

_LIST = re.compile(r"\s*(\[.*\]|\{.*[:,].*\})\s*", re.DOTALL)
_SAMPLE = 200
_SHOWN = 40


def refuse_lists(values: pd.Series) -> None:
    """Raise RepriseError where a value of a column is a list or an object, or all spell one."""
    if isinstance(values.dtype, pd.StringDtype):
        if not all(map(_LIST.fullmatch, values.iloc[:_SAMPLE].dropna())):
            return  # most text, without a look at all of it
        present = values.dropna()
        lists = present if _spell_lists(present) else present.iloc[:0]
    else:
        present = values.dropna()
        lists = present[[isinstance(each, list | dict | tuple | np.ndarray) for each in present]]
    if lists.empty:
        return
    first = str(lists.iloc[0])
    shown = first if len(first) <= _SHOWN else f"{first[:_SHOWN]}…"
    row = int(np.flatnonzero(values.index == lists.index[0])[0]) + 1
    raise RepriseError(
        f"column '{values.name}' must hold one value a row, got a list or object (row {row}: "
        f"{shown}): drop it (drop={values.name}), or spread it over columns"
    )


def _spell_lists(texts: pd.Series) -> bool:
    """Whether all texts are in brackets; of [removed] or [1] nobody knows that it is a list."""
    if texts.empty or not all(map(_LIST.fullmatch, texts)):
        return False
    return bool(texts.str.contains("[,:]").any())
