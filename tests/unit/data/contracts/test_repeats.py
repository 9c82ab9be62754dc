"""Values that occur twice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reprise.data.contracts import repeats
from reprise.data.contracts.repeats import Repeats


def found(values: pd.Series, sizes: list[int]) -> tuple[int, int | None]:
    taken, start = Repeats(), 0
    for size in [*sizes, len(values)]:
        block = values.iloc[start : start + size]
        taken.add(block, np.arange(start + 1, start + 1 + len(block)))
        start += size
    return taken.found()


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["a", "b", "c", "b", "a", "b"]),
        pd.Series([1.5, 2.0, -0.0, 2.0, 1.5, 2.0]),
        pd.Series([7, 8, 9, 8, 7, 8]),
        pd.to_datetime(pd.Series([1, 2, 3, 2, 1, 2]), unit="D").astype("datetime64[us]"),
    ],
)
def test_the_first_row_whose_value_was_there_before_is_named(values):
    assert found(values, [1, 2]) == (3, 4)


def test_minus_zero_is_zero_and_nothing_repeats_in_nothing():
    assert found(pd.Series([0.0, 1.0, -0.0]), []) == (1, 3)
    assert found(pd.Series([], dtype="str"), []) == (0, None)


@settings(max_examples=50, deadline=None)
@given(some.lists(some.integers(0, 60), max_size=80), some.integers(1, 30), some.integers(1, 9))
def test_blocks_and_turns_change_nothing(numbers, size, at_once):
    values = pd.Series(numbers, dtype="float64")
    first = values.duplicated()
    expected = (int(first.sum()), int(first.idxmax()) + 1 if first.any() else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "_AT_ONCE", at_once)
        assert found(values, [size] * 80) == expected
