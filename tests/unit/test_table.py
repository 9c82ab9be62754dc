"""Prepared tables, made and read back."""

import numpy as np
import pandas as pd
import pytest

from reprise.errors import RepriseError
from reprise.predictor import plain_features
from reprise.preparation import SplitOptions, prepare, write_table
from reprise.raw.reading import RawTable, open_table, read_table
from reprise.splitting import parse_split, split_rows
from reprise.table import PreparedTable, digest_of
from reprise.target import plain_target

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


def schema_of(raw, target="price", task="auto", split=RANDOM):
    return prepare(RawTable.of(raw), "test", target, task, split).schema


def prepared(raw, tmp_path, target="price", split=RANDOM):
    made = prepare(RawTable.of(raw), "test", target, "auto", split)
    write_table(tmp_path / "table", made)
    return PreparedTable(tmp_path / "table", "runs:/x/table"), made.schema


def all_at_once(raw, target, split, schema):
    """The parts as pandas makes them of a table in memory."""
    y, task, _ = plain_target(raw[target], "auto")
    name = parse_split(split.rule)[1]
    by = None if name is None else raw[name].loc[y.index]
    rows = split_rows(by, y, split.rule, (0.2, 0.2), 42, stratify=task == "classification")
    X = plain_features(raw.loc[y.index], schema.kinds)
    return {part: (X.iloc[at], y.iloc[at]) for part, at in rows.items()}


@pytest.mark.parametrize("target", ["price", "größe <b>", 'say "hi"'])
@pytest.mark.parametrize("rule", ["random", "time:when", "group:who"])
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_parts_are_what_pandas_makes_of_the_whole(raw, tmp_path, monkeypatch, target, rule, block):
    monkeypatch.setattr("reprise.preparation._BLOCK_ROWS", block)
    table, schema = prepared(raw, tmp_path, target, by(rule))
    assert table.schema == schema
    for name, (X, y) in all_at_once(raw, target, by(rule), schema).items():
        read = table.read(name)
        pd.testing.assert_frame_equal(read.X, X.reset_index(drop=True))
        pd.testing.assert_series_equal(read.y, y.reset_index(drop=True))


@pytest.mark.parametrize("rule", ["random", "time:when", "group:who"])
def test_the_size_of_blocks_leaves_no_trace_in_the_digests(raw, monkeypatch, rule):
    found = []
    for block in (1, 7, 1000):
        monkeypatch.setattr("reprise.preparation._BLOCK_ROWS", block)
        found.append(schema_of(raw, split=by(rule)).digests)
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("rule", ["time:when", "group:who"])
def test_rows_keep_the_number_of_their_group_or_time(raw, tmp_path, rule):
    raw = raw.sample(frac=1, random_state=3).reset_index(drop=True)
    table, schema = prepared(raw, tmp_path, split=by(rule))
    column = rule.partition(":")[2]
    name_of = raw.set_index("price")[column]
    pairs = set()
    for part in ("train", "validation", "test"):
        found = table.read(part)
        assert found.blocks.dtype == np.int64
        pairs |= set(zip(name_of[found.y], found.blocks.tolist(), strict=True))
    names, numbers = zip(*sorted(pairs), strict=True)
    assert len(set(names)) == len(set(numbers)) == len(pairs) == raw[column].nunique()
    if rule == "time:when":
        assert list(numbers) == sorted(numbers)
    assert "blocks" in schema.digests


def test_rows_of_a_random_split_have_no_blocks(raw, tmp_path):
    table, schema = prepared(raw, tmp_path)
    assert table.read("train").blocks is None
    assert "blocks" not in schema.digests


def test_blocks_that_were_changed_after_prepare_are_refused(raw, tmp_path):
    table, _ = prepared(raw, tmp_path, split=by("group:who"))
    path = tmp_path / "table" / "blocks.parquet"
    pd.read_parquet(path).assign(block=0).to_parquet(path)
    with pytest.raises(RepriseError, match=r"blocks.parquet .* must be as prepare wrote it"):
        table.read("train")


def test_the_head_of_a_part_is_its_first_rows(raw, tmp_path):
    table, _ = prepared(raw, tmp_path)
    part = table.read("train")
    head = table.head("train", 5)
    pd.testing.assert_frame_equal(head.drop(columns="price"), part.X.head())
    pd.testing.assert_series_equal(head["price"], part.y.head())


def test_rows_without_a_target_are_dropped_and_counted(raw, tmp_path):
    raw.loc[[0, 7, 59], "price"] = [np.nan, np.inf, np.nan]
    table, schema = prepared(raw, tmp_path)
    assert schema.dropped_rows == {"target is missing": 3}
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


def test_a_part_without_any_value_in_a_column_keeps_its_type(raw, tmp_path):
    raw["late"] = [None] * 50 + ["a", "b"] * 5
    table, _ = prepared(raw, tmp_path, split=by("time:when"))
    assert str(table.read("train").X["late"].dtype) == "str"


@pytest.mark.parametrize("name", ["iris", "diabetes", "digits"])
def test_tables_of_scikit_learn_can_be_prepared(tmp_path, name):
    raw = read_table(f"sklearn:{name}")
    table, schema = prepared(raw, tmp_path, "target")
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
        digest_of(prepare(open_table(name), name, "price", "auto", RANDOM).schema)
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
    before = digest_of(schema_of(raw))
    assert digest_of(schema_of(change(raw))) != before


def test_the_digest_does_not_know_where_the_table_came_from(raw):
    here, there = (
        prepare(RawTable.of(raw), name, "price", "auto", RANDOM) for name in ("a.csv", "b.csv")
    )
    assert digest_of(here.schema) == digest_of(there.schema)


def test_the_digest_knows_the_seed_and_the_task():
    raw = pd.DataFrame({"x": range(40), "y": [1, 2, 3, 4] * 10})
    digests = {
        digest_of(schema_of(raw, "y", task, SplitOptions("random", 0.2, 0.2, seed)))
        for task in ("regression", "classification")
        for seed in (1, 2)
    }
    assert len(digests) == 4


def test_a_part_that_was_changed_after_prepare_is_refused(raw, tmp_path):
    table, schema = prepared(raw, tmp_path)
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
    table, _ = prepared(raw, tmp_path)
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
        schema_of(raw, target, split=split)


def test_one_row_is_no_table_to_learn_from(raw):
    with pytest.raises(RepriseError, match="at least 10 rows with a target, got 1: add rows"):
        schema_of(raw.head(1))
