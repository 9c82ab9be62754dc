"""What differs between two prepared tables, in the words a person reads."""

import pytest

from reprise.provenance.schema_diff import schema_differences


def schema(**parts: object) -> dict:
    column = {"kind": "number", "role": "number", "type": "float64"}
    return {
        "target": "price",
        "target_type": "float64",
        "task": "regression",
        "split": {"rule": "random", "seed": 42},
        "dropped": {},
        "classes": {},
        "columns": {"a": column, "b": column},
        **parts,
    }


COLUMN = {"kind": "number", "role": "number", "type": "float64"}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, []),
        ({"target": "rent"}, ["target price -> rent"]),
        ({"target_type": "int64"}, ["type of the target float64 -> int64"]),
        ({"task": "classification"}, ["task regression -> classification"]),
        (
            {"split": {"rule": "time:when", "seed": 7}},
            ["split random -> time:when", "split seed 42 -> 7"],
        ),
        ({"columns": {"a": COLUMN, "b": COLUMN, "c": COLUMN}}, ["column 'c' is new"]),
        ({"columns": {"a": COLUMN}}, ["column 'b' is gone"]),
        (
            {"columns": {"c": COLUMN, "d": COLUMN}},
            ["columns 'c', 'd' are new", "columns 'a', 'b' are gone"],
        ),
        (
            {"columns": {"a": COLUMN}, "dropped": {"b": {"reason": "constant", "value": "1"}}},
            ["column 'b' is dropped now: constant"],
        ),
        (
            {"columns": {"a": COLUMN, "b": {**COLUMN, "kind": "text", "role": "category"}}},
            ["column 'b' number -> text"],
        ),
        (
            {"columns": {"a": COLUMN, "b": {**COLUMN, "type": "int64"}}},
            ["column 'b' float64 -> int64"],
        ),
        ({"columns": {"b": COLUMN, "a": COLUMN}}, ["the order of the columns changed"]),
    ],
)
def test_what_tables_are_is_compared_by_target_split_and_columns(parts, said):
    assert schema_differences(schema(), schema(**parts)) == said


def test_classes_that_come_and_go_are_named():
    before, after = schema(classes={"x": 5, "y": 5}), schema(classes={"x": 9, "z": 1})
    assert schema_differences(before, after) == ["class 'z' is new", "class 'y' is gone"]
