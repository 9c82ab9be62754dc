"""Prepared tables, made and read back."""

import numpy as np
import pandas as pd
import pytest

from reprise.errors import RepriseError
from reprise.reading import read_table
from reprise.table import PreparedTable, SplitOptions, digest_of, prepare, write_table

RANDOM = SplitOptions("random", 0.2, 0.2, 42)


def by(rule):
    return SplitOptions(rule, 0.2, 0.2, 42)


@pytest.fixture
def raw():
    n = 60
    return pd.DataFrame(
        {
            "size, net (cm)": np.arange(n) / 3,
            'say "hi"': ["red", "blue", None] * 20,
            "größe <b>": [True, False, None] * 20,
            "when": pd.date_range("2020", periods=n, tz="Europe/Berlin"),
            "who": np.repeat([f"person {number}" for number in range(10)], 6),
            "constant": 1,
            "nothing": None,
            "price": np.arange(n) * 1.5 + 0.25,
        }
    )


def prepared(raw, tmp_path, target="price", split=RANDOM, task="auto"):
    schema, parts = prepare(raw, "test", target, task, split)
    write_table(tmp_path / "table", schema, parts)
    return PreparedTable(tmp_path / "table", "runs:/x/table"), schema, parts


@pytest.mark.parametrize("target", ["price", "größe <b>", 'say "hi"'])
@pytest.mark.parametrize("rule", ["random", "time:when", "group:who"])
def test_parts_are_read_back_as_they_were_made(raw, tmp_path, target, rule):
    table, schema, parts = prepared(raw, tmp_path, target, by(rule))
    assert table.schema == schema
    for name, part in parts.items():
        again = table.read(name)
        pd.testing.assert_frame_equal(again.X, part.X.reset_index(drop=True))
        pd.testing.assert_series_equal(again.y, part.y.reset_index(drop=True))


def test_rows_without_a_target_are_dropped_and_counted(raw):
    raw.loc[[0, 7, 59], "price"] = [np.nan, np.inf, np.nan]
    schema, parts = prepare(raw, "test", "price", "auto", RANDOM)
    assert schema.dropped_rows == {"target is missing": 3}
    assert sum(schema.rows.values()) == 57
    assert all(part.y.notna().all() for part in parts.values())
    assert schema.missing["price"] == 2


def test_rows_without_a_time_are_dropped_and_counted(raw):
    raw.loc[[0, 7], "when"] = pd.NaT
    schema, _ = prepare(raw, "test", "price", "auto", by("time:when"))
    assert schema.dropped_rows == {"time is missing": 2}
    assert sum(schema.rows.values()) == 58


def test_columns_that_tell_nothing_are_dropped_and_named(raw):
    schema, parts = prepare(raw, "test", "price", "auto", RANDOM)
    assert schema.dropped == {
        "constant": {"reason": "constant", "value": "1.0"},
        "nothing": {"reason": "every value is missing"},
    }
    assert list(parts["train"].X) == list(schema.columns)
    assert schema.missing["nothing"] == 60
    assert schema.missing['say "hi"'] == 20


def test_the_column_that_groups_rows_is_no_feature(raw):
    schema, parts = prepare(raw, "test", "price", "auto", by("group:who"))
    assert "who" not in parts["train"].X
    assert "groups rows" in schema.dropped["who"]["reason"]


def test_the_column_of_time_stays_a_feature(raw):
    _, parts = prepare(raw, "test", "price", "auto", by("time:when"))
    assert parts["train"].X["when"].max() < parts["test"].X["when"].min()


def test_classes_are_counted_with_labels_as_text(raw):
    schema, _ = prepare(raw, "test", "größe <b>", "auto", RANDOM)
    assert schema.classes == {"False": 20, "True": 20}
    assert schema.target_type == "bool"


@pytest.mark.parametrize("name", ["self", "index", "", "a\nb", "0", "target", "y"])
def test_the_target_may_have_any_name(tmp_path, name):
    raw = pd.DataFrame({"x": range(20), name: np.arange(20) / 3})
    table, _, parts = prepared(raw, tmp_path, name)
    pd.testing.assert_series_equal(table.read("test").y, parts["test"].y.reset_index(drop=True))


def test_columns_named_by_numbers_are_columns_named_by_text(tmp_path):
    raw = pd.DataFrame(np.random.default_rng(0).random((20, 3)))
    table, schema, _ = prepared(raw, tmp_path, "2")
    assert list(schema.columns) == ["0", "1"]
    assert len(table.read("train").y) == 12


def test_a_part_without_any_value_in_a_column_keeps_its_type(raw, tmp_path):
    raw["late"] = [None] * 50 + ["a", "b"] * 5
    table, _, _ = prepared(raw, tmp_path, split=by("time:when"))
    assert str(table.read("train").X["late"].dtype) == "str"


@pytest.mark.parametrize("name", ["iris", "diabetes", "digits"])
def test_tables_of_scikit_learn_can_be_prepared(tmp_path, name):
    raw = read_table(f"sklearn:{name}")
    table, schema, _ = prepared(raw, tmp_path, "target")
    assert schema.task == ("regression" if name == "diabetes" else "classification")
    assert len(table.read("train").y) == pytest.approx(0.6 * len(raw), abs=10)


def test_ten_rows_are_enough(tmp_path):
    raw = pd.DataFrame({"x": range(10), "y": np.arange(10) / 3})
    assert prepared(raw, tmp_path, "y")[1].rows == {"train": 6, "validation": 2, "test": 2}


def test_a_table_in_csv_and_in_parquet_is_prepared_to_the_same_digest(raw):
    raw = raw.drop(columns=["when"])
    raw.to_csv("table.csv", index=False)
    raw.to_csv("table.csv.gz", index=False, sep=";")
    raw.to_parquet("table.parquet", compression="zstd", row_group_size=7)
    digests = {
        digest_of(prepare(read_table(name), name, "price", "auto", RANDOM)[0])
        for name in ("table.csv", "table.csv.gz", "table.parquet")
    }
    assert len(digests) == 1


def swapped(raw):
    order = [1, 0, *range(2, len(raw))]
    return raw.iloc[order].reset_index(drop=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.assign(price=raw["price"] + (raw.index == 5) * 1e-9),
        lambda raw: raw.assign(**{'say "hi"': raw['say "hi"'].replace("red", "Red")}),
        lambda raw: raw.assign(**{"size, net (cm)": raw["size, net (cm)"].astype(str) + "x"}),
        lambda raw: raw.rename(columns={"who": "Who"}),
        lambda raw: raw[[*raw.columns[::-1]]],
        swapped,
    ],
    ids=["target", "value", "type", "name", "order of columns", "order of rows"],
)
def test_a_changed_table_has_another_digest(raw, change):
    before = digest_of(prepare(raw, "test", "price", "auto", RANDOM)[0])
    assert digest_of(prepare(change(raw), "test", "price", "auto", RANDOM)[0]) != before


def test_the_digest_does_not_know_where_the_table_came_from(raw):
    here, there = (prepare(raw, name, "price", "auto", RANDOM)[0] for name in ("a.csv", "b.csv"))
    assert digest_of(here) == digest_of(there)


def test_the_digest_knows_the_seed_and_the_task():
    raw = pd.DataFrame({"x": range(40), "y": [1, 2, 3, 4] * 10})
    digests = {
        digest_of(prepare(raw, "test", "y", task, SplitOptions("random", 0.2, 0.2, seed))[0])
        for task in ("regression", "classification")
        for seed in (1, 2)
    }
    assert len(digests) == 4


def test_a_part_that_was_changed_after_prepare_is_refused(raw, tmp_path):
    table, schema, _ = prepared(raw, tmp_path)
    path = tmp_path / "table" / "test.parquet"
    changed = pd.read_parquet(path)
    changed.loc[0, "price"] += 1
    changed.to_parquet(path, index=False)
    with pytest.raises(RepriseError) as caught:
        table.read("test")
    message = str(caught.value)
    assert "test.parquet of 'runs:/x/table' must be as prepare wrote it" in message
    assert schema.digests["test"][:12] in message
    assert message.endswith(": run prepare again")


@pytest.mark.parametrize("content", [None, b"", b"PAR1 cut"], ids=["gone", "empty", "cut"])
def test_a_part_that_cannot_be_read_is_refused(raw, tmp_path, content):
    table, _, _ = prepared(raw, tmp_path)
    path = tmp_path / "table" / "train.parquet"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(
        RepriseError, match=r"train\.parquet of 'runs:/x/table' must be readable, g"
    ):
        table.read("train")


@pytest.mark.parametrize(
    ("target", "split", "message"),
    [
        ("prise", RANDOM, "target must be a column .*got 'prise': closest: 'price'"),
        ("constant", RANDOM, "target must vary, got .* in every row of 'constant': name another"),
        ("nothing", RANDOM, "target must have values, got only missing ones in 'nothing': name"),
        ("price", by("time:wen"), "split's column must be a column.*got 'wen': closest: 'when'"),
        ("price", by("group:price"), r"must not go by the target, got 'group:price': \w+"),
        ("price", by("weekly"), "split must be random, .*got 'weekly': choose"),
        ("price", SplitOptions("random", 0.5, 0.5, 1), r"got 0\.5 \+ 0\.5 = 1: choose less than 1"),
    ],
)
def test_unusable_input_is_refused_with_rule_value_and_remedy(raw, target, split, message):
    with pytest.raises(RepriseError, match=message):
        prepare(raw, "test", target, "auto", split)


def test_one_row_is_no_table_to_learn_from(raw):
    with pytest.raises(RepriseError, match="at least 10 rows with a target, got 1: add rows"):
        prepare(raw.head(1), "test", "price", "auto", RANDOM)
