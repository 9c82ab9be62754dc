"""Numbers as people write them."""

import ast
import json
import math
import subprocess

import pytest

from reprise.formatting import (
    compact_json,
    duration,
    listed,
    number,
    python,
    share,
    shell,
    size,
    visible,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (20934.7, "20,935"),
        (61.6669, "61.67"),
        (0.44879, "0.4488"),
        (0, "0"),
        (3.0, "3"),
        (-0.2057, "−0.2057"),
        (0.00063167, "0.0006317"),
        (1e-9, "1e-09"),
        (2.5e15, "2.5e+15"),
        (1234567.8, "1,234,568"),
        (-12345, "−12,345"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (999.96, "1000"),
        (100, "100"),
    ],
)
def test_numbers_have_four_digits_and_no_exponent(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0%"), (0.123, "12%"), (0.0042, "0.42%"), (1e-6, "<0.1%"), (1, "100%")]
)
def test_shares_are_percentages(value, shown):
    assert share(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.04, "0.0 s"), (3.44, "3.4 s"), (38.2, "38 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations_are_in_the_unit_that_fits(value, shown):
    assert duration(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(512, "512 B"), (3400, "3.4 kB"), (2.5e10, "25 GB")])
def test_sizes_are_in_the_unit_that_fits(value, shown):
    assert size(value) == shown


def test_a_list_says_how_many_more_there_are():
    names = [*"abcdefg"]
    assert listed(names) == "a, b, c, d, e and 2 more"
    assert listed(names[:5]) == "a, b, c, d, e"
    assert listed(names, 2, "; ") == "a; b and 5 more"
    assert listed([]) == ""


@pytest.mark.parametrize("text", ["a b", "it's", '"$(x)`', "a\nb\t\\n'", "<b>'\\", "Ω\u2028ü", ""])
def test_a_text_is_itself_in_bash_python_and_json(text):
    told = f"printf '%s' {shell(text)}"
    said = subprocess.run(["bash", "-c", told], capture_output=True, check=True).stdout.decode()
    assert said == text
    value = {"a": [text, None, True, 0.1], text: 1}
    assert ast.literal_eval(python(value)) == json.loads(compact_json(value)) == value
    for spelled in (shell(text), python(value), compact_json(value)):
        assert len(spelled.splitlines()) == 1 or "\u2028" in text
        assert "<" not in spelled


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("column '\x1b[2Jred'", r"column '\x1b[2Jred'"),
        ("a\rb\x07\x9b\u202ec", r"a\rb\x07\x9b\u202ec"),
        ("größe\t名前\nEUR 5\u00a0€ 👩\u200d🔬", "größe\t名前\nEUR 5\u00a0€ 👩\u200d🔬"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown
