"""The published schema of a contract and the reader that refuses what is wrong are of one mind."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reprise.data.contracts.contract_text import read_contract
from reprise.data.contracts.terms import KINDS, OTHER_COLUMNS, SHARES, Terms
from reprise.errors import RepriseError
from reprise.predictor import NumberForm
from reprise.runtime.paths import ROOT

SCHEMA = json.loads((ROOT / "docs" / "contract.schema.json").read_text())
CHECK = jsonschema.Draft202012Validator(SCHEMA)
# What no schema says: that dates are dates, min is at most max, the target a column.
BEYOND = ("ISO 8601", "at most max", "one of the columns", "markers separated")

ODD: some.SearchStrategy[Any] = some.sampled_from(
    [None, True, 0, 1, 0.5, 1.5, -1, "", "x", "2024-01-31", [], [1], ["x"], [1, "x"], {}]
)
FORM = some.dictionaries(
    some.sampled_from(["decimal", "thousands", "affixes", "multiples", "missing", "typo"]), ODD
)
TERMS = some.fixed_dictionaries(
    {"kind": some.sampled_from([*KINDS, "numbers"])},
    optional={
        "format": ODD | FORM | some.sampled_from(["yes/no", "/no", "000", "0*", "0"]),
        **dict.fromkeys(["missing", "min", "max", "categories", "outside", "typo", "markers"], ODD),
        **dict.fromkeys(["required", "unique"], some.booleans() | ODD),
    },
)
CONTRACTS = some.fixed_dictionaries(
    {"contract": some.sampled_from([1, 1, 1, 1.0, 2, True, "1"])},
    optional={
        "columns": some.dictionaries(some.sampled_from(["x", "y"]), TERMS | ODD),
        "target": some.sampled_from(["x", "", 1]),
        "other_columns": some.sampled_from([*OTHER_COLUMNS, "no"]),
        "shares": some.sampled_from([*SHARES, 1]),
        "made_from": ODD,
        "$schema": ODD,
        "typo": ODD,
    },
)


def agree(contract: Any) -> bool:
    """Whether reader and schema both take a contract, or both refuse it."""
    try:
        read_contract(json.dumps(contract))
    except RepriseError as error:
        return not CHECK.is_valid(contract) or any(words in str(error) for words in BEYOND)
    return CHECK.is_valid(contract)


@settings(max_examples=1000, deadline=None)
@given(CONTRACTS)
def test_what_the_schema_allows_is_read_and_the_rest_is_refused(contract):
    assert agree(contract)


@settings(max_examples=500, deadline=None)
@given(TERMS)
def test_the_terms_of_a_column_are_those_of_the_schema(terms):
    contract = {"contract": 1, "columns": {"x": terms}}
    assert agree(contract)


def test_the_schema_describes_every_key_and_no_other():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    keys = SCHEMA["$defs"]["terms"]["properties"]
    assert set(keys) == {*Terms.__dataclass_fields__, "format", "markers"}
    number = SCHEMA["$defs"]["terms"]["allOf"][0]["then"]["properties"]["format"]
    assert set(number["properties"]) == set(NumberForm.__dataclass_fields__)
    for name, key in keys.items():
        if "default" in key and name != "markers":
            assert key["default"] == getattr(Terms("text"), name)


@pytest.mark.parametrize("key", ["shares", "other_columns"])
def test_the_usual_words_come_first(key):
    contract = read_contract('{"contract": 1, "columns": {}}')
    assert SCHEMA["properties"][key]["default"] == getattr(contract, key)
