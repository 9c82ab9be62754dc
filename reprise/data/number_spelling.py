"""Text that is numbers throughout: how a column spells them is found out from all of its values."""

import re
from collections.abc import Collection
from dataclasses import replace

import pandas as pd

from reprise.predictor import MULTIPLES, Missing, NumberForm, tidy

USUAL = Missing()

# Fields that stand for no number where every other field is one.
MARKERS = frozenset(
    """
    ? : - -- --- – — . .. ... * # na n/a n.a. n.a n/d nd n.d. n.d k.a. s/d none null nan unknown
    missing tbd #n/a #value! #ref! #div/0! #num! nat
    """.split()  # noqa: SIM905 (a list of 26 would be a page)
) | {"not available", "not applicable", "no data"}
_CURRENCIES = frozenset(
    """
    $ € £ ¥ ₹ ₽ ₩ ₺ ₪ ₫ ฿ R$ US$ A$ C$ kr zł Kč Ft CHF EUR USD GBP JPY CNY RMB INR RUB KRW TRY ILS
    SEK NOK DKK PLN CZK HUF AUD CAD NZD SGD HKD TWD MXN BRL ZAR
    """.split()  # noqa: SIM905
)
# Metres, tonnes and bits, where every number has that letter.
_UNITS = frozenset("mtb")
_SHARES = frozenset(("%", "‰"))
# What accountants write for nothing: $ -.
_NOTHING = re.compile(r"[-–—]+")
_PARTS = re.compile(
    r"(?:(?P<ahead>[^\d\s.,'()+-]{1,3})\s*(?=\())?"
    r"\(?\s*[-+]?\s*(?P<prefix>[^\d\s.,'()+-][^\d.,'()+-]{0,3}?)?\s*[-+]?\s*"
    r"(?P<digits>\d[\d.,' ]*\d|\d|[.,]\d+)(?:[eE][-+]?\d+)?"
    r"\s*-?\s*(?P<suffix>[^\d\s.,'()+-][^\d()]{0,23}?)?\s*\)?"
)
_MARKS = ((",", "."), (".", ","), ("'", "."), ("'", ","), (" ", "."), (" ", ","))
_PLAIN = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_SAMPLE = 200
_MOSTLY = 0.8


def number_form(
    different: Collection[str], missing: Missing = USUAL, decimal: str = "."
) -> NumberForm | None:
    """The form of the numbers that all of these texts spell, but for markers; None for other text.

    Digits alone are left as their source has them: as numbers, or as the names of categories.
    Leading zeros (00501) make a code, not a number. A unit must be that of every value; signs of
    money and shares may be left out. Where 1,234 may be both, the comma marks thousands, unless
    `decimal` says that the text around has decimal commas.
    """
    markers = tuple(sorted(filter(_is_marker, different)))
    texts = [text for text in different if text not in markers]
    if not texts or _parts(texts[:_SAMPLE]) is None or (parts := _parts(texts)) is None:
        return None
    if not markers and decimal == "." and all(_PLAIN.fullmatch(text) for text in texts):
        return None
    if any(re.match(r"0\d", digits) for _, digits, _ in parts):
        return None
    known = _affixes(parts)
    if known is None:
        return None
    affixes, multiples = known
    marks = sorted(_MARKS, key=lambda each: each[1] != decimal)
    for thousands, mark in (("", decimal), *marks, ("", "," if decimal == "." else ".")):
        form = NumberForm(mark, thousands, affixes, multiples, markers)
        numbers = {text: form.number(text) for text in texts}
        if None not in numbers.values():
            asked = (text for text, number in numbers.items() if number in missing.numbers)
            return replace(form, missing=(*markers, *asked)) if missing.numbers else form
    return None


def _is_marker(text: str) -> bool:
    """Whether a field stands for no number, also beside the sign of a currency."""
    plain = tidy(text)
    if plain.lower() in MARKERS:
        return True
    first, _, last = plain.partition(" ")
    bare = last if first in _CURRENCIES else first if last.strip() in _CURRENCIES else ""
    return bool(_NOTHING.fullmatch(bare.strip()))


def _parts(texts: Collection[str]) -> list[tuple[str, str, str]] | None:
    """Each text as (what stands before, digits and marks, what stands behind)."""
    found = []
    for text in texts:
        match = _PARTS.fullmatch(tidy(text))
        if match is None:
            return None
        found.append(
            (match["ahead"] or match["prefix"] or "", match["digits"], match["suffix"] or "")
        )
    return found


def _affixes(parts: list[tuple[str, str, str]]) -> tuple[tuple[str, ...], bool] | None:
    """What stands beside all numbers, and whether K, M and B do; None where it differs."""
    before = {prefix for prefix, _, _ in parts if prefix}
    behind = {suffix for _, _, suffix in parts if suffix}
    multiples = {suffix for suffix in behind if suffix.lower() in MULTIPLES}
    behind -= multiples
    if len(multiples) == 1 and multiples <= _UNITS and all(suffix for _, _, suffix in parts):
        behind, multiples = behind | multiples, set()
    if len(before | behind) == 0:
        return (), bool(multiples)
    if not before <= _CURRENCIES or len(before) > 1:
        return None
    optional = before | behind
    if len(optional) == 1 and (before or behind <= _CURRENCIES | _SHARES):
        return tuple(optional), bool(multiples)
    one_unit = len({suffix.lower().removesuffix("s") for suffix in behind}) == 1
    priced = not before or all(prefix for prefix, _, _ in parts)
    if not (one_unit and priced and all(suffix for _, _, suffix in parts)):
        return None
    return tuple(sorted(optional)), False


def nearly_numbers(values: pd.Series, missing: Missing) -> str:
    """In words: what keeps a column from being one of numbers, where most of its values are.

    Empty for codes (00501), and where most values are no numbers.
    """
    if not isinstance(values.dtype, pd.StringDtype):
        return ""
    few = values.iloc[:_SAMPLE].dropna()
    if few.empty or few.str.fullmatch(_PLAIN.pattern).mean() < _MOSTLY:
        return ""
    texts = values.dropna()
    numbers = texts.str.fullmatch(_PLAIN.pattern)
    others = texts[~numbers].str.strip().value_counts()
    if others.empty or numbers.mean() < _MOSTLY or texts.str.match(r"\s*0\d").any():
        return ""
    first, more = str(others.index[0]), len(others) - 1
    which = f"{first!r} and {more} more are no numbers" if more else f"{first!r} is no number"
    remedy = f"missing={missing.also(first)} takes {'the first' if more else 'it'} for missing"
    return f"text, for {which}, in {int(others.sum())} rows: {remedy}"


def told(form: NumberForm, values: pd.Series) -> str:
    """How the numbers of a column were read, in words, with the first of them as an example."""
    example = next((value for value in values.dropna() if value not in form.missing), "")
    plain = not (form.affixes or form.thousands or form.multiples) and form.decimal == "."
    bracketed = values.dropna().str.strip().str.startswith("(").any()
    return "" if plain and not bracketed else f"numbers, {example!r} is {form.number(example):g}"
