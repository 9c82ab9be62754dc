"""Prepared tables, read back, and their digests."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import digest_of
from reprise.data.raw_table import open_table
from reprise.data.split_rule import Split, SplitOptions
from reprise.errors import RepriseError
from tests.tables import RANDOM, by, prepared, schema_of


@pytest.mark.parametrize("rule", ["random", "time:when", "group:who"])
def test_the_size_of_blocks_leaves_no_trace_in_the_digests(raw, monkeypatch, rule):
    found = []
    for block in (1, 7, 1000):
        monkeypatch.setattr("reprise.data.preparation._BLOCK_ROWS", block)
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


def test_a_part_without_any_value_in_a_column_keeps_its_type(raw, tmp_path):
    raw["late"] = [None] * 50 + ["a", "b"] * 5
    table, _ = prepared(raw, tmp_path, split=by("time:when"))
    assert str(table.read("train").X["late"].dtype) == "str"


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
        digest_of(schema_of(raw, "y", task, SplitOptions(Split(), 0.2, 0.2, seed)))
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
