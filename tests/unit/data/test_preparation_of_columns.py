"""What prepare makes of rows and columns, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.raw_table import read_table
from reprise.errors import RepriseError
from tests.tables import RANDOM, all_at_once, by, prepared, schema_of


@pytest.mark.parametrize("target", ["price", "größe <b>", 'say "hi"'])
@pytest.mark.parametrize("rule", ["random", "time:when", "group:who"])
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_parts_are_what_pandas_makes_of_the_whole(raw, tmp_path, monkeypatch, target, rule, block):
    monkeypatch.setattr("reprise.data.preparation._BLOCK_ROWS", block)
    table, schema = prepared(raw, tmp_path, target, by(rule))
    assert table.schema == schema
    for name, (X, y) in all_at_once(raw, target, by(rule), schema).items():
        read = table.read(name)
        pd.testing.assert_frame_equal(read.X, X.reset_index(drop=True))
        pd.testing.assert_series_equal(read.y, y.reset_index(drop=True))


def test_rows_without_a_target_are_dropped_and_counted(raw, tmp_path):
    raw.loc[[0, 7, 59], "price"] = [np.nan, np.inf, np.nan]
    table, schema = prepared(raw, tmp_path)
    assert schema.dropped_rows == {"target is missing": 2, "target is infinite": 1}
    assert sum(schema.rows.values()) == 57
    assert all(table.read(name).y.notna().all() for name in schema.rows)
    assert schema.missing["price"] == 2
    for name, (X, _) in all_at_once(raw, "price", RANDOM, schema).items():
        pd.testing.assert_frame_equal(table.read(name).X, X.reset_index(drop=True))


def test_rows_without_a_time_are_dropped_and_counted(raw):
    raw.loc[[0, 7], "when"] = pd.NaT
    schema = schema_of(raw, split=by("time:when"))
    assert schema.dropped_rows == {"time is missing": 2}
    assert sum(schema.rows.values()) == 58


def test_columns_that_tell_nothing_are_dropped_and_named(raw, tmp_path):
    table, schema = prepared(raw, tmp_path)
    assert schema.dropped == {
        "constant": {"reason": "constant", "value": "1.0"},
        "nothing": {"reason": "every value is missing"},
    }
    assert list(table.read("train").X) == list(schema.columns)
    assert schema.missing["nothing"] == 60
    assert schema.missing['say "hi"'] == 20


def test_the_column_that_groups_rows_is_no_feature(raw):
    schema = schema_of(raw, split=by("group:who"))
    assert "who" not in schema.columns
    assert "groups rows" in schema.dropped["who"]["reason"]


def test_the_column_of_time_stays_a_feature(raw, tmp_path):
    table, _ = prepared(raw, tmp_path, split=by("time:when"))
    assert table.read("train").X["when"].max() < table.read("test").X["when"].min()


def test_classes_are_counted_with_labels_as_text(raw):
    schema = schema_of(raw, "größe <b>")
    assert schema.classes == {"False": 20, "True": 20}
    assert schema.target_type == "bool"


def test_a_table_with_nothing_to_learn_from_is_refused(raw):
    raw = raw[["price", "constant", "nothing", "who"]]
    with pytest.raises(
        RepriseError, match=r"to learn from, got none beside 'price', 'who' .*2 others are .*: \w+"
    ):
        schema_of(raw, split=by("group:who"))


@pytest.mark.parametrize("name", ["self", "index", "", "a\nb", "0", "target", "y"])
def test_the_target_may_have_any_name(tmp_path, name):
    raw = pd.DataFrame({"x": range(20), name: np.arange(20) / 3})
    table, _ = prepared(raw, tmp_path, name)
    y = table.read("test").y
    assert (y.name, set(y) <= set(raw[name])) == (name, True)


def test_columns_named_by_numbers_are_columns_named_by_text(tmp_path):
    raw = pd.DataFrame(np.random.default_rng(0).random((20, 3)))
    table, schema = prepared(raw, tmp_path, "2")
    assert list(schema.columns) == ["0", "1"]
    assert len(table.read("train").y) == 12


@pytest.mark.parametrize("name", ["iris", "diabetes", "digits"])
def test_tables_of_scikit_learn_can_be_prepared(tmp_path, name):
    raw = read_table(f"sklearn:{name}")
    table, schema = prepared(raw, tmp_path, "target")
    assert schema.task == ("regression" if name == "diabetes" else "classification")
    assert len(table.read("train").y) == pytest.approx(0.6 * len(raw), abs=10)


def test_ten_rows_are_enough(tmp_path):
    raw = pd.DataFrame({"x": range(10), "y": np.arange(10) / 3})
    assert prepared(raw, tmp_path, "y")[1].rows == {"train": 6, "validation": 2, "test": 2}


@pytest.mark.parametrize(
    ("target", "split", "message"),
    [
        ("prise", RANDOM, "target must be a column .*got 'prise': closest: 'price'"),
        ("constant", RANDOM, "target must vary, got .* in every row of 'constant': name another"),
        ("nothing", RANDOM, "target must have values, got only missing ones in 'nothing': name"),
        ("price", by("time:wen"), "split's column must be a column.*got 'wen': closest: 'when'"),
        ("price", by("group:price"), r"must not go by the target, got 'group:price': \w+"),
    ],
)
def test_unusable_input_is_refused_with_rule_value_and_remedy(raw, target, split, message):
    with pytest.raises(RepriseError, match=message):
        schema_of(raw, target, split=split)


def test_one_row_is_no_table_to_learn_from(raw):
    with pytest.raises(RepriseError, match="at least 10 rows with a target, got 1: add rows"):
        schema_of(raw.head(1))
