"""One form of numbers, field by field."""

import pytest

from reprise.predictor import NumberForm

MONEY = NumberForm(".", ",", ("$",), multiples=True, missing=("-",))


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("$1,200.50", 1200.5),
        ("1200.5", 1200.5),
        (" - $5 ", -5),
        ("$-5", -5),
        ("($5)", -5),
        ("+$5", 5),
        ("$.5", 0.5),
        ("$5.", 5),
        ("$1.1M", 1_100_000),
        ("56.7m", 56_700_000),
        ("1e3", 1000),
        ("5$", 5),
        ("$12,00", None),
        ("$1,2345", None),
        ("-$-5", None),
        ("-($5)", None),
        ("($5", None),
        ("€5", None),
        ("$5 each", None),
        ("", None),
        ("$", None),
        ("nan", None),
    ],
)
def test_a_field_is_the_number_that_it_spells_or_none(field, number):
    assert MONEY.number(field) == number


def test_marks_of_other_countries():
    assert NumberForm(",", ".").number("1.234.567,5") == 1_234_567.5
    assert NumberForm(".", "'").number("1\u2019234.5") == 1234.5
    assert NumberForm(",", " ").number("1\u202f234,5") == 1234.5
    assert NumberForm(",", "").number("0,001") == 0.001


def test_a_form_is_what_its_text_says():
    assert NumberForm.parse(str(MONEY)) == MONEY
