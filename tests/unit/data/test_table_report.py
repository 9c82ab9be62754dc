"""The page that shows a raw table."""

import datetime
import decimal
import re

import numpy as np
import pandas as pd
import pytest

from reprise.data.profile.table_report import MAX_COLUMNS_WITH_PLOTS, profile_page
from reprise.data.sampling import every_nth

ROWS = 12
HTML = "<script>alert({})</script>"


def page_of(table, title):
    return profile_page(table.apply(every_nth), title, len(table))


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2], [3]] * 6,
        [{"a": number} for number in range(ROWS)],
        [decimal.Decimal(number) / 4 for number in range(ROWS)],
        [datetime.date(9999, 12, 31), datetime.date(1, 1, 1)] * 6,
        pd.date_range("2020", periods=ROWS, tz="Europe/Berlin"),
        pd.to_timedelta(range(ROWS), unit="s"),
        pd.array([1, None] * 6, dtype="Int64"),
        pd.Categorical(["a", "b", None] * 4),
        [True, False, None] * 4,
        [None] * ROWS,
        [1] * ROWS,
        [b"a", b"b"] * 6,
        ["a", 1, None] * 4,
        [1.0, np.inf, -np.inf, np.nan] * 3,
    ],
)
def test_a_column_of_any_kind_is_shown(values):
    page = page_of(pd.DataFrame({"odd column": values, "y": range(ROWS)}), "table.csv")
    assert "odd column" in page
    assert "table.csv" in page


def test_what_stands_in_a_table_is_text_and_never_runs():
    table = pd.DataFrame({HTML.format(1): [HTML.format(2), "b"] * 6})
    page = page_of(table, HTML.format(3))
    assert not [number for number in (1, 2, 3) if HTML.format(number) in page]
    assert "alert(3)" in page


def test_the_page_needs_nothing_from_elsewhere():
    page = page_of(pd.DataFrame({"x": range(ROWS)}), "table.csv")
    assert "<html" in page.lower()
    assert not re.findall(r"""(?:src|<link[^>]*href)=["']?(?:https?:)?//[^"' ]+""", page)


@pytest.mark.parametrize(
    ("rows", "note"), [(100_000, None), (100_001, "every 2th of 100,001 rows")]
)
def test_large_tables_are_shown_in_part_and_the_page_says_so(rows, note):
    page = page_of(pd.DataFrame({"x": np.zeros(rows)}), "big.csv")
    assert (note or "big.csv") in page
    assert ("every" in re.findall(r"big\.csv[^<]*", page)[0]) == bool(note)


def test_the_table_is_left_as_it_was():
    table = pd.DataFrame({"x": [3, 1, 2]}, index=[5, 6, 7])
    before = table.copy()
    page_of(table, "t")
    pd.testing.assert_frame_equal(table, before)


def test_wide_tables_are_shown_without_plots():
    wide = pd.DataFrame({f"column {n}": range(ROWS) for n in range(MAX_COLUMNS_WITH_PLOTS + 1)})
    page = page_of(wide, "wide.csv")
    assert f"column {MAX_COLUMNS_WITH_PLOTS}" in page
    assert len(page) < 2_000_000
