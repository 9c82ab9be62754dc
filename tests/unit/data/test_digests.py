"""Digests of values, arrays and tables."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.digests import digest_arrays, digest_json, digest_table


@pytest.fixture
def table():
    n = 50
    return pd.DataFrame(
        {
            "number": np.arange(n) / 3,
            "gaps": [1.5, np.nan] * 25,
            "whole": np.arange(n),
            "flag": [True, False] * 25,
            "word": pd.Series(["ä", None, "", "bc", "def"] * 10, dtype="str"),
            "time": pd.date_range("2020", periods=n).astype("datetime64[us]"),
        }
    )


@pytest.mark.parametrize("border", [1, 7, 8, 9, 49])
def test_chunks_leave_no_trace_in_the_digest(table, border):
    together = pd.concat([table.iloc[:border], table.iloc[border:]], ignore_index=True)
    assert digest_table(together) == digest_table(table)


def test_a_slice_has_the_digest_of_its_copy(table):
    part = table.iloc[3:31]
    assert digest_table(part) == digest_table(part.copy().reset_index(drop=True))
    every_other = table.iloc[::2]
    assert digest_table(every_other) == digest_table(pd.DataFrame(every_other.to_dict("series")))


def test_the_index_does_not_count(table):
    assert digest_table(table.set_index(table["whole"] * 2)) == digest_table(table)


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zstd"}, {"row_group_size": 7}, {"use_dictionary": False}],
    ids=["plain", "zstd", "row groups", "no dictionary"],
)
def test_parquet_keeps_the_digest(table, tmp_path, options):
    table.to_parquet(tmp_path / "table.parquet", index=False, **options)
    assert digest_table(pd.read_parquet(tmp_path / "table.parquet")) == digest_table(table)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", np.nextafter(1, 2)),
        ("number", np.nan),
        ("gaps", 0.0),
        ("whole", 99),
        ("flag", True),
        ("word", ""),
        ("word", None),
        ("word", "ä "),
        ("time", pd.Timestamp("2020-01-02 00:00:00.000001")),
        ("time", pd.NaT),
    ],
)
def test_one_changed_value_changes_the_digest(table, column, value):
    changed = table.copy()
    changed.loc[3 if column == "word" else 1, column] = value
    assert digest_table(changed) != digest_table(table)


@pytest.mark.parametrize(
    ("column", "dtype"),
    [("whole", "float64"), ("whole", "int32"), ("flag", "int8"), ("time", "datetime64[ns]")],
)
def test_one_changed_type_changes_the_digest(table, column, dtype):
    assert digest_table(table.astype({column: dtype})) != digest_table(table)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.iloc[[1, 0, *range(2, len(table))]],
        lambda table: table.iloc[:-1],
        lambda table: table[[*table.columns[::-1]]],
        lambda table: table.rename(columns={"word": "words"}),
        lambda table: table.rename(columns={"number": "whole", "whole": "number"}),
        lambda table: table.drop(columns="flag"),
    ],
    ids=["swapped rows", "fewer rows", "order", "name", "swapped names", "fewer columns"],
)
def test_rows_columns_and_names_count(table, change):
    assert digest_table(change(table)) != digest_table(table)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["", None], [None, ""]),
        (["1"], [1]),
        ([None, 0.0], [0.0, None]),
        ([None], [0.0]),
        (["a\0", "b"], ["a", "\0b"]),
    ],
)
def test_values_that_look_alike_differ(one, other):
    assert digest_table(pd.DataFrame({"c": one})) != digest_table(pd.DataFrame({"c": other}))


def test_what_stands_beneath_a_missing_value_does_not_count():
    quiet = np.array([1.0, np.nan])
    other = np.array([0x3FF0000000000000, 0x7FF8000000000123], dtype="uint64").view("float64")
    assert digest_table(pd.DataFrame({"c": quiet})) == digest_table(pd.DataFrame({"c": other}))


def test_a_table_without_rows_has_a_digest(table):
    assert digest_table(table.iloc[:0]) != digest_table(table.iloc[:1])


def test_categories_are_told_apart():
    one, other = (pd.DataFrame({"c": pd.Categorical(labels)}) for labels in (["a"], ["b"]))
    assert digest_table(one) != digest_table(other)


def test_the_order_of_keys_does_not_count_in_json():
    assert digest_json({"a": 1, "b": [2, None]}) == digest_json({"b": [2, None], "a": 1})


@pytest.mark.parametrize("other", [{"a": 1.5}, {"a": "1"}, {"a": [1]}, {"b": 1}, [["a", 1]], {}])
def test_other_values_have_other_digests(other):
    assert digest_json(other) != digest_json({"a": 1})


def test_digests_stay_the_same_from_version_to_version():
    assert digest_json({"ä": 1}) == (
        "735cf7b354374809aa89cce3cf8638d1a5daa493d99bd3d7cac81bdf277c3760"
    )


def test_memory_layout_does_not_count_in_arrays():
    array = np.arange(12.0).reshape(3, 4)
    assert digest_arrays([array]) == digest_arrays([np.asfortranarray(array)])
    assert digest_arrays([array[:, ::2]]) == digest_arrays([array[:, ::2].copy()])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([np.zeros(4)], [np.zeros((2, 2))]),
        ([np.zeros(4)], [np.zeros(4, dtype="int64")]),
        ([np.zeros(2), np.zeros(2)], [np.zeros(4)]),
        ([np.array([0.0])], [np.array([-0.0])]),
        (["ab", "c"], ["a", "bc"]),
        (["a", np.zeros(1)], [np.zeros(1), "a"]),
    ],
)
def test_type_shape_order_and_borders_count_in_arrays(one, other):
    assert digest_arrays(one) != digest_arrays(other)
