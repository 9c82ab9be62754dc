"""Columns that are named, and the schema as JSON."""

import json

import pytest

from reprise.data.schema import Column, Schema, find_column
from reprise.errors import RepriseError


@pytest.mark.parametrize("name", ["a b", "größe", 'say "hi"', "x,y", "<b>", ""])
def test_a_column_is_found_whatever_its_name(name):
    assert find_column(["other", name], name, "target") == name


@pytest.mark.parametrize(
    ("asked", "closest"),
    [("qualty", "'quality'"), ("QUALITY", "'quality'"), ("alkohol", "'Alcohol'")],
)
def test_an_unknown_column_names_the_closest(asked, closest):
    with pytest.raises(RepriseError) as caught:
        find_column(["quality", "Alcohol", "pH"], asked, "target")
    assert str(caught.value) == (
        f"target must be a column of the table, got '{asked}': closest: {closest}"
    )


def test_an_unknown_column_close_to_none_lists_what_there_is():
    with pytest.raises(RepriseError, match="got 'zzz': columns: 'quality', 'pH'"):
        find_column(["quality", "pH"], "zzz", "target")


def test_a_schema_survives_json():
    schema = Schema(
        target="größe",
        target_type="float64",
        task="regression",
        task_reason="as asked",
        columns={"a b": Column("text", "category", "str"), "<n>": Column("number", "number", "i")},
        missing={"a b": 1},
        dropped={"c": {"reason": "constant", "value": "1"}},
        dropped_rows={"target is missing": 2},
        classes={},
        split={"rule": "random", "seed": 1},
        rows={"train": 1},
        digests={"train": "0"},
        source="x.csv",
    )
    again = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    assert again == schema
    assert list(again.kinds.items()) == [("a b", "text"), ("<n>", "number")]
