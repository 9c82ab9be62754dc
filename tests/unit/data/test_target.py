"""The target and the task."""

import decimal

import numpy as np
import pandas as pd
import pytest

from reprise.data.raw_table import open_table
from reprise.data.target import class_counts, plain_target, read_target
from reprise.errors import RepriseError

ROWS = 12


def target_of(values, task="auto"):
    return plain_target(pd.Series(values, name="y"), task)


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
)
def test_a_target_that_fits_no_task_is_refused(values, task, message):
    with pytest.raises(RepriseError, match=message):
        target_of(values, task)


def test_classes_are_counted_largest_first():
    assert list(class_counts(pd.Series(["b", "a", "b", "c"])).items()) == [
        ("b", 2),
        ("a", 1),
        ("c", 1),
    ]


def test_classes_have_a_bound():
    labels = pd.Series([f"label {number % 1001}" for number in range(4004)], name="y")
    with pytest.raises(RepriseError, match="at most 1,000 classes, got 1,001 in 'y'"):
        plain_target(labels, "auto")
    assert plain_target(labels[labels != "label 1000"], "auto")[1] == "classification"


@pytest.mark.parametrize("gap", [[], [None] * 5])
def test_labels_of_many_digits_are_told_apart(gap):
    labels = [2**53 + 1, 2**53 + 2]
    pd.DataFrame({"a": range(20 + len(gap)), "y": [*map(str, labels * 10), *gap]}).to_csv("t.csv")
    found = read_target(open_table("t.csv"), "y", "auto")
    assert found.task == "classification"
    assert sorted(found.values.unique().tolist()) == labels
    assert str(found.values.dtype) == "int64"


def test_labels_beyond_64_bits_are_text_or_refused():
    pd.DataFrame({"y": [2**64 - 1, 5] * 10}).to_parquet("t.parquet")
    found = read_target(open_table("t.parquet"), "y", "auto")
    assert set(found.values) == {"18446744073709551615", "5"}
    pd.DataFrame({"y": ["99999999999999999999", "99999999999999999998", "5"] * 10}).to_csv("t.csv")
    with pytest.raises(RepriseError, match="labels must be numbers that keep every digit"):
        read_target(open_table("t.csv"), "y", "classification")
