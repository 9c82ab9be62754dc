"""The row that is shown beside a model is nobody's."""

import json

import numpy as np
import pandas as pd

from reprise.data.preparation import prepare
from reprise.data.raw_table import RawTable
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.typical_row import typical_row
from tests.nasty_table import TARGETS, parts
from tests.stored_models import schema_of

RANDOM = Split()
PATIENTS = pd.DataFrame(
    {
        "number": np.arange(90_000_017, 90_000_317),
        "name": [f"Ann {n} Other" for n in range(300)],
        "ward": np.repeat(["north", "south", "east"], [40, 200, 60]),
        "nurse": np.tile([f"nurse {n}" for n in range(30)], 10),
        "case": [None] * 296 + ["odd", "rare", "shy", "odd"],
        "rare test": [np.nan] * 295 + [7.31, 7.32, 7.33, 7.34, 7.35],
        "smokes": np.arange(300) % 3 == 0,
        "born": pd.date_range("1960-01-01", periods=300, freq="7D"),
        "weight": np.random.default_rng(1).normal(70.123456, 9, 300),
        "days": np.arange(300) % 11,
    }
)


def shown(table: pd.DataFrame, split: Split = RANDOM, most: int = 300) -> dict[str, object]:
    options = SplitOptions(split, 0.2, 0.2, 1)
    made = prepare(RawTable.of(table), "patients.csv", "days", "auto", options)
    return typical_row(table.assign(smokes=table["smokes"].astype(float)).head(most), made.schema)


def test_it_holds_what_many_have_and_no_value_of_one():
    assert shown(PATIENTS) == {
        "number": 90_000_000,
        "name": "any text",
        "ward": "south",
        "nurse": "other",
        "case": "other",
        "rare test": None,
        "smokes": False,
        "born": "1962-11-12",
        "weight": shown(PATIENTS)["weight"],
    }
    weight = shown(PATIENTS)["weight"]
    assert isinstance(weight, float)
    assert 65 < weight < 75
    assert weight not in set(PATIENTS["weight"])


def test_the_column_that_tells_groups_apart_is_not_shown():
    few = PATIENTS.assign(ward=np.tile(["Ann", "Bob", "Eve", "Joe", "Sue"], 60))
    assert shown(few)["ward"] == "Ann"
    assert "ward" not in shown(few, Split("group", "ward"))


def test_few_rows_show_nothing_and_it_is_json_whatever_the_table_holds():
    assert not set(shown(PATIENTS, most=9).values()) - {None, "other", "any text"}
    for target in TARGETS:
        row = typical_row(parts(target)[0].X, schema_of(target))
        assert list(row) == list(parts(target)[0].X)
        assert json.loads(json.dumps(row, allow_nan=False)) == row
