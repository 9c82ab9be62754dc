"""A contract that a person has edited: read as it is meant, or refused in one line."""

import json

import pytest

from reprise.data.contracts.contract_text import read_contract
from reprise.data.contracts.terms import Contract, Terms
from reprise.errors import RepriseError
from reprise.predictor import Missing, NumberForm

FORM = f"number:{NumberForm(thousands=',', affixes=('$',), missing=('n/a',))}"
WHOLE = Contract(
    {
        "size": Terms("number", missing=0.02, min=-1.5, max=20.0, outside=0.01),
        "pay": Terms(FORM, max=5.0, required=False),
        "grade": Terms("number", categories=(1.0, 2.5)),
        "city": Terms("text", categories=("Köln", 'say "hi"'), outside=0.1, unique=True),
        "when": Terms("datetime:%d/%m/%Y", missing=0.0, min="2024-01-31"),
        "ok": Terms("boolean:yes/no"),
        "gap": Terms(Missing(False, ("-9", "a,b")).within("number")),
        "money": Terms(Missing(True, ("-9",)).within(FORM)),
        "": Terms("text"),
    },
    "size",
    "refuse",
    "exact",
    {"table": "x.csv", "rows": 7},
)


def text(**terms: object) -> str:
    return json.dumps({"contract": 1, "columns": {"a": {"kind": "number", **terms}}})


def test_what_is_written_is_read_back_equal():
    assert read_contract(WHOLE.text) == WHOLE
    assert read_contract("\ufeff" + json.dumps(WHOLE.to_json(), indent=7)) == WHOLE


def test_every_column_is_one_line_of_the_file():
    lines = WHOLE.text.splitlines()
    assert lines[-6] == '    "ok": {"kind": "boolean", "format": "yes/no"},'
    assert lines[7] == (
        '    "size": {"kind": "number", "missing": 0.02, "min": -1.5, "max": 20, "outside": 0.01},'
    )


def test_what_is_left_out_is_as_usual():
    assert read_contract(text()) == Contract({"a": Terms("number")})
    assert Terms("number") == Terms("number", True, 1.0, None, None, None, 0.0, False)


def test_the_digest_is_of_what_is_demanded_not_of_its_spelling():
    spelled = read_contract('{"contract": 1, "columns": {"a": {"min": 2.0, "kind": "number"}}}')
    other = read_contract(
        '{"made_from": {"x": 1}, "$schema": "y", "columns": {"a": {"kind": "number", "min": 2}},'
        '\n "contract": 1}'
    )
    assert spelled.digest == other.digest
    assert spelled.digest != read_contract(text(min=2.1)).digest


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"contract": 1, "colums": {}}', "\"colums\": did you mean 'columns'?"),
        ('{"columns": {}}', "must have the key contract"),
        ('{"contract": 2, "columns": {}}', "contract must be 1, the number of this form, got 2"),
        ('{"contract": true, "columns": {}}', "contract must be 1"),
        ('{"contract": 1, "columns": []}', "columns must be an object of columns by name, got []"),
        ("[]", "a contract must be an object with the key columns, got []"),
        ('{"contract": 1,}', "a contract must be JSON, got "),
        ('{"contract": 1, "contract": 1}', "the key 'contract' twice"),
        ('{"contract": 1, "columns": {"a": {"kind": "number", "min": NaN}}}', "the number NaN"),
        ('{"contract": 1, "columns": {"\\ud800": {"kind": "text"}}}', "must be JSON, got "),
        ("[" * 100_000, "must be JSON, got "),
        (text(mising=0.1), "keys must be some of kind, format, markers, required, missing"),
        (text(mising=0.1), "got \"mising\": did you mean 'missing'?"),
        (text(kind="numbers"), "got \"numbers\": did you mean 'number'?"),
        (text(kind=3), "kind must be one of number, boolean, datetime, text, got 3: correct it"),
        (text(missing=1.5), "column 'a': missing must be a share from 0 to 1, got 1.5"),
        (text(missing=True), "missing must be a share from 0 to 1, got true"),
        (text(min="1"), "column 'a': min must be a number, got \"1\""),
        (text(min=10**400), "min must be a number, got 1000"),
        (text(min=2, max=1), "min must be at most max, 1.0, got 2.0"),
        (text(min=2, categories=[1]), "terms must be either categories or min and max"),
        (text(categories=[]), "categories must be a list of numbers, got []"),
        (text(categories=["x"]), 'categories must be a list of numbers, got ["x"]'),
        (text(kind="boolean", categories=[1]), 'left out for this kind, got "boolean"'),
        (text(kind="text", max=1), 'max must be left out for this kind, got "text"'),
        (text(kind="datetime", max="31.1.2024"), "max must be a date as ISO 8601, 2024-01-31"),
        (
            text(kind="datetime", format=7),
            "format must be a format of dates, such as %d/%m/%Y, got 7",
        ),
        (text(markers=","), "markers must be auto, none, or markers separated by commas, got"),
        (
            text(kind="text", format="%Y"),
            "format must be zeros, as many as each code has digits, or 0*, got",
        ),
        (text(kind="boolean", format="yes"), "format must be the words for true and false, such"),
        (text(format="%Y"), 'format must be an object, as prepare writes it, got "%Y"'),
        (text(format={"decimals": ","}), "got \"decimals\": did you mean 'decimal'?"),
        (text(format={"affixes": "$"}), 'format: affixes must be a list of texts, got "$"'),
        (text(outside=0.1), "outside must be given with min, max or categories"),
        (text(required="no"), 'required must be true or false, got "no"'),
        ('{"contract": 1, "columns": {"a": 1}}', "column 'a': terms must be an object"),
        (
            '{"contract": 1, "columns": {"price": {"kind": "number"}}, "target": "prize"}',
            "got \"prize\": did you mean 'price'?",
        ),
        ('{"contract": 1, "columns": {}, "shares": "exakt"}', "did you mean 'exact'?"),
        ('{"contract": 1, "columns": {}, "other_columns": "no"}', "one of allow, refuse"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed_in_one_line(given, said):
    with pytest.raises(RepriseError) as error:
        read_contract(given)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
