"""Raw columns as features: kinds and roles, plain values, and what is left out."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from reprise.data.columns import plain_feature
from reprise.data.schema import Column
from reprise.errors import RepriseError

ROWS = 12


def feature_of(values):
    return plain_feature(pd.Series(values, name="c"))


@pytest.mark.parametrize(
    ("values", "kind", "role"),
    [
        ([1, 2, None] * 4, "number", "number"),
        ([1.5, np.inf, 2] * 4, "number", "number"),
        ([decimal.Decimal("1.5"), None] * 6, "number", "number"),
        (pd.array([1, None, 3] * 4, dtype="Int64"), "number", "number"),
        (pd.to_timedelta(range(ROWS), unit="h"), "number", "number"),
        ([True, False, None] * 4, "boolean", "boolean"),
        (pd.array([True, False, None] * 4, dtype="boolean"), "boolean", "boolean"),
        (pd.date_range("2020", periods=ROWS, tz="Europe/Berlin"), "datetime", "date"),
        ([datetime.date(9999, 12, 31), datetime.date(1, 1, 1)] * 6, "datetime", "date"),
        ([f"2020-01-{day:02}" for day in range(1, ROWS + 1)], "datetime:%Y-%m-%d", "date"),
        (["red", "blue", None] * 4, "text", "category"),
        (pd.Categorical(["x", "y"] * 6), "text", "category"),
        (pd.Categorical([1, 2] * 6), "text", "category"),
        (["a", 1] * 6, "text", "category"),
    ],
)
def test_a_feature_has_a_kind_and_a_role(values, kind, role):
    plain, column = feature_of(values)
    assert (column.kind, column.role) == (kind, role)
    assert (
        str(plain.dtype)
        == {"number": "float64", "boolean": "float64", "datetime": "datetime64[us]", "text": "str"}[
            kind.partition(":")[0]
        ]
    )


def test_text_with_many_values_is_no_category():
    words = [f"word {number}" for number in range(50)]
    assert feature_of(words)[1] == Column("text", "text", "str")


def test_infinite_numbers_become_missing():
    values, _ = feature_of([1.0, np.inf, -np.inf, 2.0] * 4)
    assert values.isna().tolist() == [False, True, True, False] * 4


def test_times_are_kept_in_utc():
    values, _ = feature_of(pd.date_range("2020-07-01", periods=ROWS, tz="Europe/Berlin"))
    assert values[0] == pd.Timestamp("2020-06-30 22:00")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([None] * ROWS, {"reason": "every value is missing"}),
        ([np.nan] * ROWS, {"reason": "every value is missing"}),
        ([np.inf] * ROWS, {"reason": "every value is missing"}),
        ([3] * ROWS, {"reason": "constant", "value": "3.0"}),
        (["<b>"] * ROWS, {"reason": "constant", "value": "<b>"}),
        ([b"a", b"b"] * 6, {"reason": "values of type bytes"}),
        ([datetime.time(n) for n in range(ROWS)], {"reason": "values of type time"}),
    ],
)
def test_a_column_that_tells_nothing_is_dropped_with_its_reason(values, why):
    assert feature_of(values) == why


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([[n, 2] for n in range(ROWS)], r"\(row 1: \[0, 2\]\)"),
        ([None, *({"a": n} for n in range(ROWS - 1))], r"\(row 2: {'a': 0}\)"),
        ([np.array([n, 1]) for n in range(ROWS)], r"\(row 1: \[0 1\]\)"),
        (["word", *([n] for n in range(ROWS - 1))], r"\(row 2: \[0\]\)"),
        ([None, *[f"['a{n}', 'b']" for n in range(ROWS - 1)]], r"\(row 2: \['a0', 'b'\]\)"),
        (["[]", *[f"[{n}, 1]" for n in range(ROWS - 1)]], r"\(row 1: \[\]\)"),
        ([f'{{"id": {n}}}' for n in range(ROWS)], r'\(row 1: {"id": 0}\)'),
    ],
)
def test_a_column_of_lists_is_refused_with_the_way_out(values, first):
    message = rf"one value a row, got a list or object {first}: drop it \(drop=c\), or spread"
    with pytest.raises(RepriseError, match=message):
        feature_of(values)


@pytest.mark.parametrize(
    "values", [["[removed]", "[deleted]"], ["{3F25}", "{99AB}"], ["[a, b", "x]"]]
)
def test_words_in_brackets_are_words(values):
    assert feature_of(values * (ROWS // 2))[1].role == "category"


def test_a_value_beside_gaps_tells_something():
    values, _ = feature_of([1, None] * 6)
    assert values.isna().tolist() == [False, True] * 6
