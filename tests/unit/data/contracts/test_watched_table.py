"""A raw table held against a contract while it is prepared: every rule, broken."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from reprise.data.contracts.broken import ContractBroken
from reprise.data.contracts.contract_text import read_contract
from reprise.data.contracts.terms import Contract, Terms
from reprise.data.contracts.watched_table import WatchedTable
from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.read_options import ReadOptions
from reprise.predictor import Missing
from tests.tables import RANDOM


def rows(count: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "id": [f"c{n}" for n in range(count)],
            "size": random.normal(50, 5, count),
            "city": random.choice(["Rome", "Oslo", "Bonn"], count),
            "when": pd.date_range("2024-01-01", periods=count).strftime("%d.%m.%Y"),
            "pay": [f"${n:,}.50" for n in random.integers(900, 5000, count)],
            "ok": random.random(count) < 0.5,
            "price": random.normal(100, 9, count),
        }
    )


@pytest.fixture(scope="module")
def contract() -> Contract:
    return prepare(RawTable.of(rows()), "x.csv", "price", "auto", RANDOM).contract


def breaches(table: pd.DataFrame, contract: Contract, target: str = "price", **raw: str) -> list:
    """(column, rule, count, first row, value) of each breach."""
    watched = WatchedTable(replace(RawTable.of(table), **raw), contract, target)
    try:
        watched.finish()
    except ContractBroken as broken:
        found = broken.inspection.breaches()
        return [(e.column, e.rule, e.count, e.first_row, e.value) for e in found]
    return []


def test_another_table_of_the_same_origin_keeps_to_the_contract(contract):
    other = rows(200).assign(
        id=[f"d{n}" for n in range(200)],
        size=np.random.default_rng(4).normal(51, 6, 200),
        when=pd.date_range("2027-01-01", periods=200).strftime("%d.%m.%Y"),
    )
    other.loc[[3, 4], "size"] = None
    other.loc[7, "city"] = "Lyon"
    assert breaches(other, contract) == []


def broken(column: str, at: list[int], value: object) -> pd.DataFrame:
    table = rows().astype({column: object})
    table.loc[at, column] = value
    return table.astype({column: "str"}) if isinstance(value, str) else table


MANY = list(range(40, 140))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (rows().drop(columns="ok"), ("ok", "column", 300, 1, None)),
        (broken("size", [6, 9], "big"), ("size", "kind", 2, 7, "'big'")),
        (broken("when", [11], "2024/31/12"), ("when", "kind", 1, 12, "'2024/31/12'")),
        (broken("ok", [4], "perhaps"), ("ok", "kind", 1, 5, "'perhaps'")),
        (broken("size", MANY, None), ("size", "missing", 100, 41, None)),
        (broken("size", MANY, -999.0), ("size", "range", 100, 41, "-999.0")),
        (broken("pay", MANY, "$99,000.00"), ("pay", "range", 100, 41, "99000.0")),
        (
            broken("when", MANY, "01.01.1900"),
            ("when", "range", 100, 41, "1900-01-01 00:00:00"),
        ),
        (broken("city", MANY, "Paris"), ("city", "categories", 100, 41, "'Paris'")),
        (broken("id", [20, 30], "c7"), ("id", "unique", 2, 21, None)),
        (broken("price", MANY, 1e6), ("price", "range", 100, 41, "1000000.0")),
        (broken("price", MANY, None), ("price", "missing", 100, 41, None)),
    ],
)
def test_each_rule_that_a_table_breaks_is_counted_and_its_first_row_named(
    contract, table, expected
):
    assert breaches(table, contract) == [expected]


def test_all_breaches_come_at_once_in_the_order_of_the_contract(contract):
    table = broken("city", MANY, "Paris").drop(columns="id")
    table.loc[MANY, "price"] = -1e5
    found = [each[:2] for each in breaches(table, contract)]
    assert found == [("id", "column"), ("city", "categories"), ("price", "range")]


def test_a_hand_edited_contract_is_held_to_the_letter():
    edited = read_contract(
        """{"contract": 1, "shares": "exact", "other_columns": "refuse", "columns": {
            "size": {"kind": "number", "max": 60, "outside": 0.02},
            "city": {"kind": "text", "categories": ["Rome", "Oslo"], "outside": 0},
            "gone": {"kind": "text", "required": false},
            "ok": {"kind": "boolean", "missing": 0}}}"""
    )
    table = rows(100)[["size", "city", "ok", "price"]].assign(size=1.0, city="Rome")
    table["ok"] = table["ok"].astype(object)
    assert breaches(table.drop(columns="price"), edited) == []
    table.loc[[5, 6], "size"] = 61
    assert breaches(table.drop(columns="price"), edited) == []
    table.loc[98, "size"] = 62
    table.loc[50, "city"] = "Bonn"
    table.loc[99, "ok"] = None
    assert breaches(table, edited) == [
        ("price", "column", 100, 1, None),
        ("size", "range", 3, 6, "61.0"),
        ("city", "categories", 1, 51, "'Bonn'"),
        ("ok", "missing", 1, 100, None),
    ]


def test_a_value_of_another_kind_is_not_a_missing_one():
    contract = Contract({"size": Terms("number", missing=0.0)})
    assert breaches(broken("size", [6], "big"), contract) == [("size", "kind", 1, 7, "'big'")]


def test_only_rows_with_a_target_are_looked_at(contract):
    table = broken("size", [0, *MANY], -999.0)
    table.loc[MANY, "price"] = None
    free = replace(contract.columns["price"], missing=1.0)
    strict = replace(contract.columns["size"], outside=0.0)
    terms = {**contract.columns, "price": free, "size": strict}
    found = breaches(table, replace(contract, columns=terms))
    assert found == [("size", "range", 1, 1, "-999.0")]
    table.loc[0, "price"] = None
    table.loc[150, "size"] = -999.0
    found = breaches(table, replace(contract, columns=terms))
    assert found == [("size", "range", 1, 151, "-999.0")]


def test_a_column_that_stayed_text_has_its_decimal_commas():
    contract = Contract({"a": Terms("number", max=2.0)})
    table = pd.DataFrame({"a": ["1,5", "x", "2,5"], "y": 1.0})
    assert breaches(table, contract, "y", decimal=",") == [
        ("a", "kind", 1, 2, "'x'"),
        ("a", "range", 1, 3, "2.5"),
    ]


def test_markers_that_were_asked_for_are_missing_here_too():
    asked = ReadOptions(missing=Missing.parse("auto,-999"))
    table = rows()
    table.loc[MANY, "size"] = -999.0
    raw = replace(RawTable.of(table), asked=asked)
    contract = prepare(raw, "x.csv", "price", "auto", RANDOM).contract
    assert read_contract(contract.text) == contract
    size = contract.columns["size"]
    assert (size.to_json()["markers"], size.min) == ("auto,-999", 22.5)
    assert breaches(table, contract) == []
    table.loc[[*MANY, *range(150, 290)], "size"] = -999.0
    assert breaches(table, contract) == [("size", "missing", 240, 41, None)]
    watched = WatchedTable(raw, contract, "price")
    assert watched.table.counted("size")[1] == {"-999": 100}


VALUES = some.one_of(
    some.lists(some.floats(allow_nan=True, allow_infinity=True), min_size=20, max_size=60),
    some.lists(some.integers(-(2**63), 2**63 - 1), min_size=20, max_size=60),
    some.lists(some.text("abc 0", max_size=3) | some.none(), min_size=20, max_size=60),
    some.lists(some.booleans() | some.none(), min_size=20, max_size=60),
    some.lists(some.dates().map(str) | some.none(), min_size=20, max_size=60),
    some.lists(some.datetimes() | some.none(), min_size=20, max_size=60),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(values=VALUES, shares=some.sampled_from(["long-run", "exact"]))
def test_a_train_part_keeps_to_the_contract_that_was_made_of_it(values, shares):
    table = pd.DataFrame({"a": values, "b": range(len(values))})
    table["y"] = np.arange(len(values)) * 1.5
    made = prepare(RawTable.of(table), "x", "y", "auto", RANDOM)
    written = read_contract(made.contract.text)
    assert written == made.contract
    names = [*made.schema.columns, "y"]
    blocks = {name: list(made.columns.blocks(("train", name))) for name in names}
    train = pd.DataFrame(
        {name: pd.concat([each.to_pandas() for each in found]) for name, found in blocks.items()}
    ).reset_index(drop=True)
    assert breaches(train, replace(written, shares=shares), "y") == []
