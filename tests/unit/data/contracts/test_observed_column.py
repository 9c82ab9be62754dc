"""What the train part suggests of other tables."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from reprise.data.contracts.observed_column import Observed
from reprise.data.contracts.terms import Terms


def terms(values: object, kind: str, blocks: int = 1, **how: object) -> Terms:
    array = pa.array(pd.Series(values).array, from_pandas=True)
    seen = Observed(array.type)
    size = -(-len(array) // blocks)
    for start in range(0, len(array), size):
        seen.update(array.slice(start, size))
    return seen.terms(kind, **how)


def test_a_range_is_half_as_wide_again_on_either_side():
    found = terms(np.linspace(-10.03, 30, 200), "number")
    assert (found.min, found.max, found.outside) == (-30.1, 50.1, 0.023)


def test_a_range_does_not_reach_beyond_zero():
    assert terms(np.linspace(1, 5, 200), "number").min == 0
    assert terms(np.linspace(-5, -1, 200), "number").max == 0


def test_dates_have_a_beginning_and_no_end():
    days = pd.date_range("2024-01-01", periods=101).astype("datetime64[us]")
    found = terms(days, "datetime:%Y")
    assert (found.kind, found.min, found.max) == ("datetime:%Y", "2023-11-12", None)


def test_as_many_new_categories_as_those_that_came_once_suggest():
    common = terms(["a", "b"] * 300, "text")
    assert (common.categories, common.outside) == (("a", "b"), 0.0075)
    rare = terms(["a", "b"] * 300 + [f"once {n}" for n in range(20)], "text")
    assert len(rare.categories) == 22
    assert 20 / 620 < rare.outside < 0.08


def test_text_of_many_values_is_free():
    assert terms([f"some {n % 41}" for n in range(400)], "text", blocks=3).categories is None
    assert terms([f"some {n % 40}" for n in range(400)], "text", blocks=3).categories is not None


def test_missing_values_may_be_half_as_many_again():
    found = terms([None, 1.5, 2.5, 3.5] * 100_000, "number")
    assert 0.375 < found.missing < 0.39
    assert terms([1.5, 2.5] * 50, "number", missing=0.7).missing == 0.7


@pytest.mark.parametrize(
    ("values", "unique"),
    [
        (np.arange(5000.0, 5200), True),
        ([f"k{n}" for n in range(200)], True),
        ([f"k{n}" for n in range(99)], False),  # too few to tell
        ([f"a note {n}" for n in range(200)], False),  # prose
        ([f"k{n}" for n in range(199)] + ["k7"], False),
        (np.arange(200) * 1e6, False),  # few of so wide a range: by chance
        (np.arange(200) + 0.5, False),  # measured
    ],
)
def test_what_names_rows_must_not_repeat(values, unique):
    kind = "text" if isinstance(values, list) else "number"
    for blocks in (1, 3):
        found = terms(values, kind, blocks)
        assert found.unique is unique
        assert not unique or (found.min, found.max, found.categories) == (None, None, None)


def test_classes_are_categories_also_as_numbers():
    assert terms(np.array([1, 2, 5] * 50), "number", is_class=True).categories == (1, 2, 5)
    assert terms(np.array([True, False] * 50), "boolean", is_class=True).categories is None


@pytest.mark.parametrize(
    "values",
    [
        [None, None],
        [3.0, 3.0],
        [1e308, -1e308],
        [5e-324, 0.0],
        [1e300, 1e300 * (1 + 1e-15)],
        [2.0**53, 2.0**53 + 2],
    ],
)
def test_what_was_seen_is_always_allowed(values):
    array = pa.array(values, pa.float64())
    seen = Observed(array.type)
    seen.update(array)
    found = seen.terms("number")
    for value in filter(None, values):
        assert found.min is None or found.min <= value
        assert found.max is None or found.max >= value


def test_dates_beyond_all_calendars_have_no_beginning():
    far = pa.array([-(2**62), 2**62], pa.timestamp("us"))
    seen = Observed(far.type)
    seen.update(far)
    assert seen.terms("datetime").min is None
