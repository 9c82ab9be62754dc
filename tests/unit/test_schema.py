"""Roles of columns, the target and the task."""

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pytest

from reprise.errors import RepriseError
from reprise.schema import (
    Column,
    Schema,
    class_counts,
    find_column,
    plain_feature,
    plain_target,
)

ROWS = 12


def target_of(values, task="auto"):
    return plain_target(pd.Series(values, name="y"), task)


def feature_of(values):
    return plain_feature(pd.Series(values, name="c"))


@pytest.mark.parametrize("name", ["a b", "größe", 'say "hi"', "x,y", "<b>", ""])
def test_a_column_is_found_whatever_its_name(name):
    assert find_column(["other", name], name, "target") == name


@pytest.mark.parametrize(
    ("asked", "closest"),
    [("qualty", "'quality'"), ("QUALITY", "'quality'"), ("alkohol", "'Alcohol'")],
)
def test_an_unknown_column_names_the_closest(asked, closest):
    with pytest.raises(RepriseError) as caught:
        find_column(["quality", "Alcohol", "pH"], asked, "target")
    assert str(caught.value) == (
        f"target must be a column of the table, got '{asked}': closest: {closest}"
    )


def test_an_unknown_column_close_to_none_lists_what_there_is():
    with pytest.raises(RepriseError, match="got 'zzz': columns: 'quality', 'pH'"):
        find_column(["quality", "pH"], "zzz", "target")


@pytest.mark.parametrize(
    ("values", "task", "dtype"),
    [
        (np.arange(60) / 7, "regression", "float64"),
        (range(60), "regression", "float64"),
        ([*range(21)] * 3, "regression", "float64"),
        ([*range(20)] * 3, "classification", "int64"),
        ([0.0, 1.0, None] * 20, "classification", "int64"),
        ([0.5, 1.5] * 30, "regression", "float64"),
        ([True, False] * 30, "classification", "bool"),
        ([True, False, None] * 20, "classification", "bool"),
        (["yes", "no"] * 30, "classification", "str"),
        (["A", "B", "1"] * 20, "classification", "str"),
        (["0", "1"] * 30, "classification", "str"),
        (pd.Categorical(["x", "y"] * 30), "classification", "str"),
        (pd.Categorical([1, 2] * 30), "classification", "str"),
        (pd.Categorical([1.5, 2.5] * 30), "classification", "str"),
        (pd.array([1, 2, None] * 20, dtype="Int64"), "classification", "int64"),
        (pd.array([True, False, None] * 20, dtype="boolean"), "classification", "bool"),
        ([decimal.Decimal(n) / 4 for n in range(60)], "regression", "float64"),
        (pd.to_timedelta(np.arange(60) * 1.5, unit="s"), "regression", "float64"),
    ],
)
def test_auto_decides_the_task_by_the_values_of_the_target(values, task, dtype):
    y, chosen, _ = target_of(values)
    assert (chosen, str(y.dtype)) == (task, dtype)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["b", "a"] * 6, {"a", "b"}),
        ([2**60, 1] * 6, {2**60, 1}),
        (pd.array(["b", None, "a"] * 6, dtype="string"), {"a", "b"}),
        (pd.Categorical(["b", None, "a"] * 6), {"a", "b"}),
    ],
)
def test_class_labels_keep_their_values(values, labels):
    assert set(target_of(values, "classification")[0]) == labels


def test_the_asked_task_wins_over_the_rule():
    assert target_of([1, 2, 3] * 4, "regression")[1:] == ("regression", "as asked")
    assert target_of([0.5, 1.5] * 6, "classification")[1:] == ("classification", "as asked")


def test_numbers_stored_as_text_can_be_measured():
    y, _, _ = target_of([f"{n}.5" for n in range(ROWS)], "regression")
    assert y.tolist() == [n + 0.5 for n in range(ROWS)]


@pytest.mark.parametrize("values", [[1.5, 2.5, np.inf] * 12, ["1.5", "2.5", "inf"] * 12])
def test_infinite_targets_are_missing(values):
    assert target_of(values, "regression")[0].tolist() == [1.5, 2.5] * 12


def test_rows_without_a_target_are_not_in_the_result():
    y, _, _ = target_of([1.5, None, 2.5] * 5)
    assert y.index.tolist() == [n for n in range(15) if n % 3 != 1]


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([1.5], "auto", r"at least 10 rows with a target, got 1: add rows"),
        ([1.5, 2.5] * 4 + [None] * 20, "auto", r"at least 10 rows with a target, got 8: add rows"),
        ([None] * ROWS, "auto", r"must have values, got only missing ones in 'y': name another"),
        ([np.inf] * ROWS, "auto", r"must have values, got only missing ones in 'y': name another"),
        ([7] * ROWS, "auto", r"must vary, got .*7.* in every row of 'y': name another target"),
        (["one"] * ROWS, "auto", r"must vary, got 'one' in every row of 'y': name another target"),
        ([True] * ROWS, "auto", r"must vary, got .* in every row of 'y': name another target"),
        ([*"abcdefghijkl"], "auto", r"must repeat, got 12 different values in 12 rows of 'y': use"),
        (np.arange(ROWS) / 7, "classification", r"repeat, got 12 different .* 12 rows of 'y': use"),
        (["1", "2", "3", "n/a"] * 3, "auto", r"'y' must be numeric, got text \(row 4: 'n/a'\): cl"),
        (["a", "b"] * 6, "regression", r"'y' must be numeric, got text \(row 1: 'a'\): clean it"),
        (pd.date_range("2020", periods=ROWS), "auto", r"number or a class, got dates in 'y': \w+"),
        ([[1], [2]] * 6, "auto", r"plain values, got lists or objects in 'y': \w+"),
        ([{"a": 1}, {"a": 2}] * 6, "auto", r"plain values, got lists or objects in 'y': \w+"),
        ([b"a", b"b"] * 6, "auto", r"plain values, got .* in 'y': \w+"),
    ],
)  # fmt: skip
def test_a_target_that_fits_no_task_is_refused(values, task, message):
    with pytest.raises(RepriseError, match=message):
        target_of(values, task)


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
    assert str(plain.dtype) == {
        "number": "float64", "boolean": "float64", "datetime": "datetime64[us]", "text": "str"
    }[kind.partition(":")[0]]  # fmt: skip


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
        ([[1, 2]] * ROWS, {"reason": "nested values"}),
        ([{"a": n} for n in range(ROWS)], {"reason": "nested values"}),
        ([np.array([n]) for n in range(ROWS)], {"reason": "nested values"}),
        ([b"a", b"b"] * 6, {"reason": "nested values"}),
    ],
)
def test_a_column_that_tells_nothing_is_dropped_with_its_reason(values, why):
    assert feature_of(values) == why


def test_a_value_beside_gaps_tells_something():
    values, _ = feature_of([1, None] * 6)
    assert values.isna().tolist() == [False, True] * 6


def test_classes_are_counted_largest_first():
    assert list(class_counts(pd.Series(["b", "a", "b", "c"])).items()) == [
        ("b", 2), ("a", 1), ("c", 1)
    ]  # fmt: skip


def test_a_schema_survives_json():
    schema = Schema(
        target="größe",
        target_type="float64",
        task="regression",
        task_reason="as asked",
        columns={"a b": Column("text", "category", "str"), "<n>": Column("number", "number", "i")},
        missing={"a b": 1},
        dropped={"c": {"reason": "constant", "value": "1"}},
        dropped_rows={"target is missing": 2},
        classes={},
        split={"rule": "random", "seed": 1},
        rows={"train": 1},
        digests={"train": "0"},
        source="x.csv",
    )
    again = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    assert again == schema
    assert list(again.kinds.items()) == [("a b", "text"), ("<n>", "number")]
