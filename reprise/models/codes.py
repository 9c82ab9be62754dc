"""Codes of digits (00501), which are categories and no numbers, whatever a family makes of text."""

from typing import Any

import pandas as pd


def keep_codes(steps: list[tuple[str, Any]], X: pd.DataFrame) -> None:
    """Have the vectorizer among these steps take codes (00501) for categories.

    It would read text of digits as numbers, to which leading zeros mean nothing.
    """
    from sklearn.base import clone

    for _, step in steps:
        if not isinstance(getattr(step, "specific_transformers", None), tuple):
            continue
        codes = [name for name in X if _has_codes(X[name])]
        few = [name for name in codes if X[name].nunique() < step.cardinality_threshold]
        many = [name for name in codes if name not in few]
        kinds = ((step.low_cardinality, few), (step.high_cardinality, many))
        step.specific_transformers = [(clone(kind), names) for kind, names in kinds if names] or ()


def _has_codes(values: pd.Series) -> bool:
    if not isinstance(values.dtype, pd.StringDtype):
        return False
    different = values.drop_duplicates().dropna()
    return bool(different.str.fullmatch(r"0\d+").any() and different.str.fullmatch(r"\d+").all())
