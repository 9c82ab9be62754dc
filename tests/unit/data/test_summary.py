"""The summary of a prepared table: distributions, and what looks wrong."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

from reprise.data.preparation import prepare
from reprise.data.profile.sample import MOST_ROWS, sample
from reprise.data.profile.summary import summarise
from reprise.data.raw_table import open_table
from reprise.data.split_rule import Split, SplitOptions

ROWS = 600


def summary_of(table, path, split="random", target="target"):
    table.to_parquet(path / "table.parquet")
    source = str(path / "table.parquet")
    options = SplitOptions(Split.parse(split), 0.2, 0.2, 42)
    prepared = prepare(open_table(source), source, target, "auto", options)
    return summarise(prepared.schema, sample(prepared))


def suspected(summary):
    return {(each["kind"], each["column"]) for each in summary["suspicions"]}


def numbers(rows=ROWS, seed=0):
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(generator.normal(size=(rows, 3)), columns=["a", "b", "c"])
    table["target"] = table["a"] + generator.normal(size=rows)
    return table


@pytest.mark.parametrize(
    "load", [load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine]
)
def test_a_sound_table_rouses_no_suspicion_but_that_iris_repeats_itself(load, tmp_path):
    found = suspected(summary_of(load(as_frame=True).frame, tmp_path))
    assert found <= ({("twins", None)} if load is load_iris else set())


def test_a_column_that_gives_the_target_away_is_a_leak(tmp_path):
    table = numbers().assign(copied=lambda t: 3 * t["target"] + 1)
    summary = summary_of(table, tmp_path)
    assert suspected(summary) == {("leak", "copied")}
    assert summary["columns"]["copied"]["alone"] > 0.97
    assert 0.2 < summary["columns"]["a"]["alone"] < 0.7
    assert summary["columns"]["b"]["alone"] < 0.1


def test_a_category_that_gives_a_class_away_is_a_leak(tmp_path):
    table = numbers()
    table["target"] = np.where(table["target"] > 0, "yes", "no")
    table["outcome"] = table["target"].map({"yes": "paid", "no": "owes"})
    assert ("leak", "outcome") in suspected(summary_of(table, tmp_path))


def test_rows_that_stand_in_two_parts_are_twins_even_where_they_differ_a_little(tmp_path):
    table = pd.concat([numbers(), numbers() + 1e-4], ignore_index=True)
    (found,) = summary_of(table, tmp_path)["suspicions"][:1]
    assert found["kind"] == "twins"
    assert "of the validation rows have a near twin among the train rows" in found["text"]


def test_a_column_that_moves_with_time_drifts(tmp_path):
    table = numbers().assign(day=pd.date_range("2020-01-01", periods=ROWS))
    table["b"] += np.linspace(0, 5, ROWS)
    found = suspected(summary_of(table, tmp_path, "time:day"))
    assert ("drift", "b") in found
    assert not {("drift", "a"), ("drift", "c")} & found


def test_labels_that_change_their_shares_drift(tmp_path):
    table = numbers().assign(day=pd.date_range("2020-01-01", periods=ROWS))
    table["shop"] = np.where(np.arange(ROWS) < ROWS * 0.6, "old", "new")
    assert ("drift", "shop") in suspected(summary_of(table, tmp_path, "time:day"))


def test_a_rare_class_is_named_with_its_rows(tmp_path):
    table = numbers()
    table["target"] = np.where(np.arange(ROWS) % 40 == 0, "rare", "common")
    found = [
        each for each in summary_of(table, tmp_path)["suspicions"] if each["kind"] == "imbalance"
    ]
    assert [each["column"] for each in found] == ["target"]
    assert "class 'rare' has 15 of 600 rows (2.5%)" in found[0]["text"]


@pytest.mark.parametrize(
    ("name", "values", "is_one"),
    [
        ("number", range(ROWS), True),
        ("customer_id", np.random.default_rng(0).permutation(ROWS) * 9973, True),
        ("code", [f"A-{n:05}" for n in range(ROWS)], True),
        ("note", [f"he said it was {n} or so" for n in range(ROWS)], False),
        ("income", np.random.default_rng(0).integers(0, 10**7, ROWS), False),
        ("size", np.random.default_rng(0).normal(size=ROWS), False),
    ],
)
def test_what_numbers_the_rows_is_an_identifier(tmp_path, name, values, is_one):
    found = suspected(summary_of(numbers().assign(**{name: values}), tmp_path))
    assert (("identifier", name) in found) == is_one


def test_a_column_that_is_mostly_missing_is_named(tmp_path):
    table = numbers()
    table.loc[table.index % 3 > 0, "b"] = None
    summary = summary_of(table, tmp_path)
    assert ("missing", "b") in suspected(summary)
    assert summary["columns"]["b"]["missing"] == pytest.approx(2 / 3, abs=0.05)


def test_every_value_is_counted_once_and_the_same_every_time(tmp_path):
    table = numbers().assign(
        day=pd.date_range("2020-01-01", periods=ROWS),
        flag=np.arange(ROWS) % 2 == 0,
        text=[f"t{n % 30}" for n in range(ROWS)],
        far=np.where(np.arange(ROWS) == 5, 1e12, np.arange(ROWS)),
    )
    summary = summary_of(table, tmp_path)
    rows = summary["rows"]["train"]
    for name, column in summary["columns"].items():
        known = column.get("rows") or [count for _, count in column["labels"]]
        assert sum(known) + column.get("rest", 0) == rows, name
    assert {text for text, _ in summary["columns"]["flag"]["labels"]} == {"true", "false"}
    for shares in summary["target"]["parts"].values():
        assert sum(shares) == pytest.approx(1)
    assert json.dumps(summary) == json.dumps(summary_of(table, tmp_path))


def test_numbers_of_any_size_have_a_summary(tmp_path):
    table = numbers().assign(
        huge=np.where(np.arange(ROWS) % 2 == 0, 1e308, -1e308),
        tiny=np.arange(ROWS) * 5e-324,
        close=1e15 + np.arange(ROWS) % 2 * 0.125,
    )
    table["target"] *= 1e300
    summary = summary_of(table, tmp_path)
    assert json.dumps(summary, allow_nan=False)
    assert {sum(column["rows"]) for column in summary["columns"].values()} == {360}


def test_of_many_rows_every_nth_is_looked_at(tmp_path):
    rows = 3 * MOST_ROWS
    summary = summary_of(numbers(rows), tmp_path)
    assert summary["rows"]["train"] <= MOST_ROWS
    assert summary["rows"]["train"] == sum(summary["columns"]["a"]["rows"]) == rows * 0.6 / 2


def test_dates_of_any_age_have_a_summary(tmp_path):
    years = ["0001", "1500", "2019", "9999"] * (ROWS // 4)
    times = pd.Series([f"{year}-12-31" for year in years], dtype="datetime64[us]")
    table = pd.DataFrame({"until": times, "target": np.arange(ROWS) % 7 / 2})
    found = summary_of(table, tmp_path)["columns"]["until"]
    assert (found["low"][-10:], found["high"]) == ("1-12-31"[-10:], "9999-12-31")
    assert len(found["edges"]) == len(found["rows"]) + 1
