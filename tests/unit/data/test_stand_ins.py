"""Numbers that stand for a missing value are named."""

import pandas as pd
import pytest

from reprise.data.stand_ins import stands_apart
from reprise.predictor import Missing


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.5, 2.5, 3.5, 4.5] * 10 + [-999.0] * 5, "-999 stands apart in 5 rows"),
        ([1, 2, 3, 4] * 10 + [9999] * 3 + [None], "9999 stands apart in 3 rows"),
        ([1, 2, 3, 4] * 10 + [-999], ""),
        ([1, 2, 3, 4] * 10 + [5] * 5, ""),
        ([0] * 90 + [1, 2, 3], ""),
        ([7] * 9, ""),
        ([None] * 9, ""),
        ([True, False] * 9, ""),
        (["a"] * 9, ""),
    ],
)
def test_only_what_repeats_and_stands_apart_is_named(values, said):
    found = stands_apart(pd.Series(values), Missing())
    assert found.startswith(said) if said else found == ""
