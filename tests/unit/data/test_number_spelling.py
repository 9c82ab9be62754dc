"""Numbers as people write them are numbers, in training and wherever the model reads them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.data.columns import kind_with_format, plain_values
from reprise.data.raw_table import read_table
from reprise.data.row_stream import open_rows
from reprise.predictor import NumberForm, WrongValue, as_kind, plain_features

SPELLED = {
    "money for a unit": (["$5.10/h", "$1,200.00/h", "-$3.50 /h"], [5.1, 1200.0, -3.5]),
    "money in words": (["€ 12 pro Stück", "€ 7,50 pro Stück"], [12.0, 7.5]),
    "money": (["$1,200.50", "$300", "($274.00)", "-$5"], [1200.5, 300, -274, -5]),
    "euro": (["1.234,50 €", "7 €", "999,99 €"], [1234.5, 7, 999.99]),
    "code": (["CHF 1'200.00", "CHF 15.50"], [1200, 15.5]),
    "percent": (["8.90%", "10%", "-0.5 %"], [8.9, 10, -0.5]),
    "thousands": (["5,105", "3,063", "12"], [5105, 3063, 12]),
    "spaces": (["1 234 567", "12", "1\u00a0000"], [1234567, 12, 1000]),
    "narrow": (["1\u202f234,5", "2\u202f000"], [1234.5, 2000]),
    "decimal": (["0,105", "1,25"], [0.105, 1.25]),
    "unit": (["36 months", "1 month", "60 months"], [36, 1, 60]),
    "one letter": (["5m", "12.5m"], [5, 12.5]),
    "multiples": (["56.7M", "537K", "1.2bn", "0"], [56_700_000, 537_000, 1.2e9, 0]),
    "money in thousands": (["$1K", "$14.9M"], [1000, 14_900_000]),
    "marked": (["?", "3", "4.5"], [np.nan, 3, 4.5]),
    "dashes": (["-", "3", "n.d.", "-4"], [np.nan, 3, np.nan, -4]),
    "minus": (["\u22125", "7 °C", "3"], None),
    "accounting": (["(35)", "12"], [-35, 12]),
    "power": (["1.5e3 kg", "2 kg"], [1500, 2]),
}


@pytest.mark.parametrize("case", [case for case, (_, numbers) in SPELLED.items() if numbers])
def test_a_spelling_is_found_and_read_the_same_in_training_in_a_file_and_in_json(case):
    texts, numbers = SPELLED[case]
    raw = pd.Series(texts, name="x", dtype="str")
    kind = kind_with_format(raw)
    assert kind is not None
    assert kind.startswith("number:")
    assert str(NumberForm.parse(kind.partition(":")[2])) == kind.partition(":")[2]
    trained = plain_values(raw, kind)
    np.testing.assert_array_equal(trained, numbers)
    pd.DataFrame({"x": texts, "y": 1}).to_csv("rows.csv", index=False)
    (batch,) = open_rows("rows.csv").read(["x"])
    np.testing.assert_array_equal(batch.plain({"x": kind})["x"], numbers)
    rows = pd.DataFrame(json.loads(json.dumps([{"x": text} for text in texts])))
    np.testing.assert_array_equal(plain_features(rows, {"x": kind})["x"], numbers)
    np.testing.assert_array_equal(as_kind(pd.Series(numbers), kind), numbers)


@pytest.mark.parametrize(
    "texts",
    [
        ["00501", "10001"],
        ["5 kg", "3 lb"],
        ["$5", "€5"],
        ["$5/h", "$6"],
        ["$5/h", "6/h"],
        ["$5/h", "$6/day"],
        ["1.2.3", "1.2.4"],
        ["12-34", "56-78"],
        ["A12", "B13"],
        ["12A", "13B"],
        ["12:30", "13:45"],
        ["555 1234", "555 9876"],
        ["192.168.0.1", "10.0.0.1"],
        ["five", "6"],
        ["1,2,3", "4,5,6"],
        ["?", "-"],
        ["7 °C", "3"],
        ["1", "2"],
        ["", " "],
    ],
)
def test_other_text_stays_text(texts):
    kind = kind_with_format(pd.Series(texts, dtype="str"))
    assert kind is not None
    assert not kind.startswith("number")


def test_a_field_that_no_longer_fits_is_named():
    kind = kind_with_format(pd.Series(["$5", "$6"], dtype="str"))
    assert kind is not None
    with pytest.raises(WrongValue, match="column 'x' must hold a number, got '€7' in row 2"):
        as_kind(pd.Series(["$5", "€7"], name="x"), kind)


def test_plain_numbers_and_numbers_with_the_sign_left_out_fit_a_form():
    kind = kind_with_format(pd.Series(["$1,200", "$6"], dtype="str"))
    assert kind is not None
    values = pd.Series(["1200", "1,200", 1200, None, "NaN", 2.5], dtype="object")
    np.testing.assert_array_equal(as_kind(values, kind), [1200, 1200, 1200, np.nan, np.nan, 2.5])


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        ([20160101 + n for n in range(9)], "datetime:%Y%m%d"),
        ([20160101.0 + n if n else None for n in range(9)], "datetime:%Y%m%d"),
        ([20160132 + n for n in range(9)], "number"),
        ([1 + n for n in range(9)], "number"),
        ([20160101] * 9, "number"),
    ],
)
def test_whole_numbers_that_are_days_are_dates(days, kind):
    raw = pd.Series(days, name="day")
    assert kind_with_format(raw) == kind
    if kind != "number":
        dates = plain_values(raw, kind)
        assert dates.iloc[-1] == pd.Timestamp("2016-01-09")
        pd.DataFrame({"day": raw, "y": 1}).to_csv("rows.csv", index=False)
        (batch,) = open_rows("rows.csv").read(["day"])
        read = batch.plain({"day": kind})["day"]
        pd.testing.assert_series_equal(read.dropna(), dates.dropna())


def test_a_table_of_such_columns_is_read_whole():
    columns = {case: texts for case, (texts, numbers) in SPELLED.items() if numbers}
    size = max(len(texts) for texts in columns.values())
    frame = pd.DataFrame({c: (t * size)[:size] for c, t in columns.items()})
    frame.to_csv("table.csv", index=False, encoding="utf-8")
    assert Path("table.csv").exists()
    pd.testing.assert_frame_equal(read_table("table.csv").astype("object"), frame.astype("object"))
