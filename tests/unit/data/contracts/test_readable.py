"""Values of a kind, and those that are not of it."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.contracts.readable import readable
from reprise.predictor import NumberForm

FORM = f"number:{NumberForm(affixes=('%',), missing=('?',))}"


@pytest.mark.parametrize(
    ("raw", "kind", "wrong", "missing"),
    [
        (pd.Series(["1", "x", None, "2.5", "y"]), "number", [1, 4], [2]),
        (pd.Series(["1%", "x", "?", None]), FORM, [1], [2, 3]),
        (pd.Series(["true", "False", "yes", None]), "boolean", [2], [3]),
        (
            pd.Series(["31/01/2024", "13/13/2024", None, "2024-05-06"]),
            "datetime:%d/%m/%Y",
            [1],
            [2],
        ),
        (pd.Series([1, 2, 3]), "datetime", [0, 1, 2], []),
        (pd.Series(pd.to_datetime(["2024-01-01", None])), "number", [0], [1]),
        (pd.Series([[1], None, [2, 3]]), "number", [0, 2], [1]),
        (pd.Series([1.0, np.inf, np.nan]), "number", [], [1, 2]),
        (pd.Series([1, 2, 3]), "text", [], []),
    ],
)
def test_every_value_of_another_kind_is_told_and_none_refused(raw, kind, wrong, missing):
    plain, found = readable(raw, kind)
    lost = np.zeros(len(raw), bool) if found is None else found
    assert np.flatnonzero(lost).tolist() == wrong
    assert np.flatnonzero(plain.isna().to_numpy() & ~lost).tolist() == missing


def test_decimal_commas_are_numbers_beside_what_is_none():
    plain, wrong = readable(pd.Series(["1,5", "x", "2.5", "-3"]), "number", ",")
    assert np.flatnonzero(wrong).tolist() == [1, 2]
    assert plain[[0, 3]].tolist() == [1.5, -3]
