"""Columns of raw tables in their plain form."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from reprise.predictor import (
    as_kind,
    kind_of,
    plain_features,
)
from tests.nasty_table import kinds, nasty_table

DAY = datetime.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series([1, 2]), "number"),
        (pd.Series([1, None], dtype="Int64"), "number"),
        (pd.Series([1.5, np.nan]), "number"),
        (pd.Series([1, 2.5, None], dtype=object), "number"),
        (pd.Series([decimal.Decimal("1.5"), None]), "number"),
        (pd.Series([None, None], dtype=object), "number"),
        (pd.Series([datetime.timedelta(days=1), None]), "number"),
        (pd.Series([True, False]), "boolean"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series([True, None], dtype=object), "boolean"),
        (pd.Series([pd.Timestamp(DAY), pd.NaT]), "datetime"),
        (pd.Series([pd.Timestamp(DAY, tz="Asia/Tokyo")]), "datetime"),
        (pd.Series([DAY, None], dtype=object), "datetime"),
        (pd.Series(["2024-02-29", None]), "text"),
        (pd.Series(["a", None], dtype=object), "text"),
        (pd.Series(["a", 1], dtype=object), "text"),
        (pd.Series(pd.Categorical([1, 2, None])), "text"),
        (pd.Series(pd.Categorical([True, False])), "text"),
    ],
)
def test_every_plain_column_has_a_kind(values, kind):
    assert kind_of(values) == kind


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}], [b"raw", None], [np.zeros(2), None]])
def test_nested_and_binary_columns_have_no_kind(values):
    assert kind_of(pd.Series(values, dtype=object)) is None


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (pd.Series([1, 2]), "number", [1.0, 2.0]),
        (pd.Series([True, False]), "number", [1.0, 0.0]),
        (pd.Series([1, None], dtype="Int64"), "number", [1.0, np.nan]),
        (pd.Series(["1e3", " 7 ", None]), "number", [1000.0, 7.0, np.nan]),
        (pd.Series([decimal.Decimal("1.5"), None]), "number", [1.5, np.nan]),
        (pd.Series([np.inf, -np.inf, 1.0]), "number", [np.nan, np.nan, 1.0]),
        (pd.Series([datetime.timedelta(days=1), None]), "number", [86400.0, np.nan]),
        (pd.Series(pd.Categorical([3, None])), "number", [3.0, np.nan]),
        (pd.Series([None, None], dtype=object), "number", [np.nan, np.nan]),
        (pd.Series([True, None], dtype=object), "boolean", [1.0, np.nan]),
        (pd.Series([True, None], dtype="boolean"), "boolean", [1.0, np.nan]),
        (pd.Series(["True", "false", None]), "boolean", [1.0, 0.0, np.nan]),
        (pd.Series([0, 1]), "boolean", [0.0, 1.0]),
    ],
)
def test_numbers_and_booleans_become_float64(values, kind, expected):
    plain = as_kind(values, kind)
    assert plain.dtype == np.float64
    np.testing.assert_array_equal(plain.to_numpy(), expected)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([pd.Timestamp("2024-02-29 10:00"), pd.NaT]),
        pd.Series([pd.Timestamp("2024-02-29 19:00", tz="Asia/Tokyo"), pd.NaT]),
        pd.Series([datetime.datetime(2024, 2, 29, 10), None], dtype=object),
        pd.Series(["2024-02-29 10:00", None]),
        pd.Series(["2024-02-29T12:00:00+02:00", None]),
        pd.Series(["2024-02-29T10:00:00Z", None], dtype=object),
    ],
)
def test_dates_become_utc_microseconds_without_a_zone(values):
    plain = as_kind(values, "datetime")
    assert plain.dtype == "datetime64[us]"
    assert plain.tolist() == [pd.Timestamp("2024-02-29 10:00"), pd.NaT]


def test_dates_written_with_and_without_a_time_are_read_together():
    plain = as_kind(pd.Series(["2024-02-29", "2024-02-29 10:00"]), "datetime")
    assert plain.tolist() == [pd.Timestamp("2024-02-29"), pd.Timestamp("2024-02-29 10:00")]


@pytest.mark.parametrize("dtype", ["int64", "float64", "float32", "Int64", "Float64", "object"])
def test_text_of_whole_numbers_is_the_same_from_any_type(dtype):
    plain = as_kind(pd.Series([1, 20], dtype=dtype), "text")
    assert plain.dtype == "str"
    assert plain.tolist() == ["1", "20"]


def test_text_keeps_its_gaps_and_its_empty_values():
    plain = as_kind(pd.Series(["a", "", None, 1.5, True], dtype=object), "text")
    assert plain.isna().tolist() == [False, False, True, False, False]
    assert plain.dropna().tolist() == ["a", "", "1.5", "True"]


@pytest.mark.parametrize(
    ("values", "kind", "row", "given"),
    [
        ([1, None, "soon"], "number", 3, "'soon'"),
        ([True, "maybe"], "boolean", 2, "'maybe'"),
        (["2024-02-29", "2024-02-30"], "datetime", 2, "'2024-02-30'"),
    ],
)
def test_a_value_of_another_kind_is_named_with_its_column_and_row(values, kind, row, given):
    with pytest.raises(ValueError) as raised:
        as_kind(pd.Series(values, name="a, b", dtype=object), kind)
    message = str(raised.value)
    assert "'a, b'" in message
    assert f"row {row}" in message
    assert given in message


def test_numbers_are_no_dates():
    with pytest.raises(ValueError, match="'sold' must hold a date, got 2020"):
        as_kind(pd.Series([2020, 2021], name="sold"), "datetime")


@pytest.mark.parametrize("kind", ["datetime", "datetime:%d/%m/%Y", "datetime:%Y-%m-%d"])
@pytest.mark.parametrize("text", ["now", "Today", "10:00", "jan 5", "5 pm", "-1", "-2024-01-31"])
def test_text_that_names_no_day_is_not_completed_to_one(kind, text):
    with pytest.raises(ValueError, match=f"must hold a date.*, got '{text}' in row 2"):
        as_kind(pd.Series(["2024-02-29", text], name="sold"), kind)


@pytest.mark.parametrize("unit", ["s", "ms"])
def test_a_date_beyond_microseconds_is_named(unit):
    far = np.array([0, 2**55], dtype=f"datetime64[{unit}]")
    with pytest.raises(ValueError, match=r"'sold' must hold a date, got .* in row 2"):
        as_kind(pd.Series(far, name="sold"), "datetime")


def test_a_date_column_without_any_value_is_all_missing():
    plain = as_kind(pd.Series([np.nan, np.nan]), "datetime")
    assert plain.dtype == "datetime64[us]"
    assert plain.isna().all()


def test_plain_features_are_the_known_columns_in_their_order():
    table = pd.DataFrame({"extra": [1], "b": [True], "a": [2]}, index=[17])
    plain = plain_features(table, {"a": "number", "b": "boolean"})
    pd.testing.assert_frame_equal(plain, pd.DataFrame({"a": [2.0], "b": [1.0]}, index=[17]))


def test_plain_features_name_every_missing_column():
    with pytest.raises(ValueError, match=r"'size, m²'.*'b'") as raised:
        plain_features(pd.DataFrame({"a": [1]}), dict.fromkeys(["size, m²", "a", "b"], "number"))
    assert "'a'" not in str(raised.value)


def test_plain_features_of_plain_features_are_the_same():
    plain = plain_features(nasty_table(), kinds())
    pd.testing.assert_frame_equal(plain_features(plain, kinds()), plain)


def test_dates_of_a_known_format_may_also_come_as_dates_or_as_iso_text():
    kind = "datetime:%d/%m/%Y"
    expected = [pd.Timestamp("2022-09-01"), pd.NaT]
    for spelled in (["01/09/2022", None], ["2022-09-01", ""], pd.to_datetime(["2022-09-01", None])):
        dates = as_kind(pd.Series(spelled, name="when"), kind)
        assert dates.astype(object).where(dates.notna(), pd.NaT).tolist() == expected


def test_text_that_is_no_date_of_the_known_format_is_named_with_it():
    with pytest.raises(ValueError, match=r"must hold a date \(%d/%m/%Y\), got 'soon' in row 2"):
        as_kind(pd.Series(["01/09/2022", "soon"], name="when"), "datetime:%d/%m/%Y")


def test_blanks_around_names_are_no_part_of_them():
    table = pd.DataFrame({" a": [1], "b\u00a0c ": [2], "d": [3]})
    plain = plain_features(table, {"a": "number", "b c": "number"})
    assert plain.to_dict("list") == {"a": [1.0], "b c": [2.0]}


def test_a_name_as_it_stands_comes_before_one_with_blanks():
    table = pd.DataFrame({" a": [1], "a": [2]})
    assert plain_features(table, {"a": "number"})["a"].tolist() == [2.0]
