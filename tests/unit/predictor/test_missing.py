"""What stands for a missing value because somebody said so."""

import datetime

import numpy as np
import pandas as pd
import pytest

from reprise.predictor import Missing, as_kind


@pytest.mark.parametrize(
    ("given", "words", "markers", "spelled"),
    [
        ("auto", True, (), "auto"),
        ("none", False, (), "none"),
        ("auto,-999", True, ("-999",), "auto,-999"),
        (" -999 , auto,", True, ("-999",), "auto,-999"),
        ("?,-", False, ("?", "-"), "?,-"),
        ('"a, b",auto', True, ("a, b",), 'auto,"a, b"'),
        ("none,x,x", False, ("x",), "x"),
        ("auto,none", True, ("none",), "auto,none"),
    ],
)
def test_a_parameter_is_read_and_written(given, words, markers, spelled):
    found = Missing.parse(given)
    assert found == Missing(words, markers)
    assert str(found) == spelled
    assert Missing.of_kind(found.within("number")) == ("number", found)


@pytest.mark.parametrize("given", ["", " ", ",,"])
def test_a_parameter_that_names_nothing_is_refused(given):
    with pytest.raises(ValueError, match="auto, none or markers"):
        Missing.parse(given)


def test_the_kind_of_a_column_is_as_ever_where_nothing_was_asked():
    assert Missing().within("text") == "text"


@pytest.mark.parametrize(
    ("values", "marker", "left"),
    [
        ([1, -999, 3], "-999", [1, None, 3]),
        ([1.5, -999.0, None], "-999", [1.5, None, None]),
        ([1.5, 99.5, 2.5], "99.50", [1.5, None, 2.5]),
        (
            ["1", "-999", "-999.00", " -999 ", "-9990", "999"],
            "-999",
            ["1", *[None] * 3, "-9990", "999"],
        ),
        (["999,000", "999.000", "999,00"], "999", ["999,000", "999.000", None]),
        (["x", "? ", "??", "a?"], "?", ["x", None, "??", "a?"]),
        ([True, False], "1", [True, False]),
        (pd.Categorical(["a", "b", "a"]), "a", [None, "b", None]),
        (pd.array([1, None, 0], "Int64"), "0", [1, None, None]),
        (
            [datetime.date(1900, 1, 1), None, 5, -999, "x", True],
            "-999",
            [datetime.date(1900, 1, 1), None, 5, None, "x", True],
        ),
    ],
)
def test_markers_are_found_as_text_and_as_numbers(values, marker, left):
    missing = Missing(True, (marker,))
    column = pd.Series(values)
    found = missing.taken_out(column)
    assert [None if pd.isna(each) else each for each in found] == left
    gone = sum(each is None for each in left) - int(column.isna().sum())
    assert missing.counted(column) == ({marker: gone} if gone else {})


def test_days_are_found_in_columns_of_dates():
    days = pd.Series(pd.to_datetime(["1900-01-01", "2024-05-06", None])).dt.tz_localize("UTC")
    assert Missing(True, ("-999", "1900-01-01")).taken_out(days).isna().tolist() == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("kind", "values", "plain"),
    [
        ("number", ["1.5", "-999", "-999.0", None], [1.5, np.nan, np.nan, np.nan]),
        ("number", [1.5, -999.0], [1.5, np.nan]),
        (
            'number:{"decimal":".","thousands":",","affixes":["$"],"multiples":false,"missing":[]}',
            ["$1,200", "$-9,999", "-9999"],
            [1200.0, np.nan, np.nan],
        ),
        ("datetime:%d.%m.%Y", ["01.02.2024", "9999"], [pd.Timestamp(2024, 2, 1), pd.NaT]),
        ("text", ["a", "-999", "9999"], ["a", None, None]),
        ("boolean", ["true", "?"], [1.0, np.nan]),
    ],
)
def test_a_model_takes_markers_for_missing_in_every_kind(kind, values, plain):
    missing = Missing(True, ("-999", "9999", "-9999", "?"))
    found = as_kind(pd.Series(values, name="x"), missing.within(kind))
    assert [None if pd.isna(each) else each for each in found] == [
        None if pd.isna(each) else each for each in plain
    ]
