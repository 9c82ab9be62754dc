"""Odd values by column: counted as pandas counts them, many rows at a time."""

import numpy as np
import pandas as pd

from reprise.data.reference import Reference
from reprise.inference.column_counts import ColumnCounter
from reprise.predictor import Missing

from .models import KINDS

REFERENCE = Reference(
    100,
    {"size": (1.0, 3.0), "seen": ("2024-01-01T00:00:00", "2024-12-31T00:00:00.5")},
    {"who": ["Ann", "Bob"]},
)


def rows(**columns: list[object]) -> pd.DataFrame:
    given = {"size": [1.0], "flag": [1.0], "seen": ["2024-05-05"], "who": ["Ann"]} | columns
    dates = pd.to_datetime(pd.Series(given["seen"]), format="ISO8601")
    return pd.DataFrame(
        {
            "size": pd.Series(given["size"], dtype="float64"),
            "flag": pd.Series(given["flag"], dtype="float64"),
            "seen": dates.astype("datetime64[us]"),
            "who": pd.Series(given["who"], dtype="str"),
        }
    )


MIXED = rows(
    size=[0.999, 1.0, 3.0, 3.001, np.nan],
    flag=[np.nan, 5.0, 0.0, 1.0, np.nan],
    seen=["2023-12-31 23:59:59.999999", "2024-01-01", None, "2024-12-31", "2024-12-31 00:00:01"],
    who=["Ann", None, "Eve", "", "ann"],
)


def test_missing_values_and_those_beyond_what_was_learned_from_are_counted_by_column():
    counter = ColumnCounter(KINDS, REFERENCE)
    assert (counter.ranged, counter.categorical) == (["size", "seen"], ["who"])
    found = counter.count(MIXED)
    assert found.missing.tolist() == [1, 2, 1, 1]
    assert found.outside.tolist() == [2, 2]
    assert found.unseen.tolist() == [3]


def test_kinds_that_say_what_stands_for_a_missing_value_are_counted_as_any():
    marked = {name: Missing(True, ("-999",)).within(kind) for name, kind in KINDS.items()}
    found = ColumnCounter(marked, REFERENCE).count(MIXED)
    assert found.missing.tolist() == [1, 2, 1, 1]
    assert (found.outside.tolist(), found.unseen.tolist()) == ([2, 2], [3])


def test_a_model_without_a_reference_counts_only_what_is_missing():
    counter = ColumnCounter(KINDS, None)
    assert (counter.ranged, counter.categorical) == ([], [])
    found = counter.count(MIXED)
    assert found.missing.tolist() == [1, 2, 1, 1]
    assert (found.outside.size, found.unseen.size) == (0, 0)


def test_rows_of_texts_alone_and_of_numbers_alone_are_counted():
    texts = ColumnCounter({"who": "text"}, REFERENCE)
    assert texts.count(MIXED[["who"]]).unseen.tolist() == [3]
    numbers = ColumnCounter({"size": "number"}, REFERENCE)
    assert numbers.count(MIXED[["size"]]).outside.tolist() == [2]


def test_dates_of_which_all_are_missing_are_missing():
    nothing = rows(seen=[None])
    assert ColumnCounter(KINDS, REFERENCE).count(nothing).missing.tolist() == [0, 0, 1, 0]
