"""The text of a contract, read and checked: one clear line for whatever a person mistyped."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

import pandas as pd

from reprise.data.contracts.terms import KINDS, OTHER_COLUMNS, SHARES, VERSION, Contract, Terms
from reprise.errors import RepriseError
from reprise.predictor import ColumnKind, Missing, NumberForm

_KEYS = ("contract", "columns", "target", "other_columns", "shares", "made_from", "$schema")
_COLUMN_KEYS = (
    "kind",
    "format",
    "markers",
    *(each.name for each in fields(Terms) if each.name != "kind"),
)
_FORM_KEYS = tuple(each.name for each in fields(NumberForm))
Test = Callable[[Any], bool]


def read_contract(text: str) -> Contract:
    """The contract that a text spells; RepriseError names what is wrong with it."""
    try:
        values = json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=_different, parse_constant=_refuse
        )
        json.dumps(values, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise RepriseError(f"a contract must be JSON, got {error}: mend it") from None
    if not isinstance(values, dict):
        raise _wrong("a contract", "an object with the key columns", values)
    _check_keys("a contract", values, _KEYS, ("contract", "columns"))
    version = values["contract"]
    if version != VERSION or isinstance(version, bool):
        raise _wrong("contract", f"{VERSION}, the number of this form", version)
    columns = _value(values, "columns", None, _is_object, "an object of columns by name")
    target = _value(values, "target", None, _is_text, "the name of a column")
    if target is not None and target not in columns:
        raise _wrong("target", "one of the columns of the contract", target, list(columns))
    return Contract(
        {name: _terms(f"column '{name}': ", terms) for name, terms in columns.items()},
        target,
        _word(values, "other_columns", OTHER_COLUMNS),
        _word(values, "shares", SHARES),
        _value(values, "made_from", {}, _is_object, "an object"),
    )


def _terms(where: str, values: Any) -> Terms:
    if not _is_object(values):
        raise _wrong(f"{where}terms", "an object with the key kind", values)
    _check_keys(f"{where}terms", values, _COLUMN_KEYS, ("kind",))
    base = _word(values, "kind", KINDS, where)
    categories = _categories(where, base, values)
    low, high = (_bound(where, base, values, key) for key in ("min", "max"))
    if categories is not None and (low is not None or high is not None):
        raise _wrong(f"{where}terms", "either categories or min and max", sorted(values))
    if low is not None and high is not None and _number(low) > _number(high):
        raise _wrong(f"{where}min", f"at most max, {high!r}", low)
    outside = _share(where, values, "outside", 0.0)
    if "outside" in values and categories is None and low is None and high is None:
        raise _wrong(f"{where}outside", "given with min, max or categories", sorted(values))
    flags = {
        key: _value(values, key, usual, _is_flag, "true or false", where)
        for key, usual in (("required", True), ("unique", False))
    }
    missing = _share(where, values, "missing", 1.0)
    kind = _markers(where, values).within(_kind(where, base, values))
    return Terms(kind, flags["required"], missing, low, high, categories, outside, flags["unique"])


def _kind(where: str, base: str, values: Mapping[str, Any]) -> ColumnKind:
    """The kind, with the form of its dates or numbers."""
    if "format" not in values:
        return base
    if base != "number":
        test, allowed = _FORMATS[base]
        return f"{base}:{_value(values, 'format', '', test, allowed, where)}"
    form = _value(values, "format", {}, _is_object, "an object, as prepare writes it", where)
    _check_keys(f"{where}format", form, _FORM_KEYS, ())
    for key in ("decimal", "thousands"):
        _value(form, key, "", lambda text: isinstance(text, str), "a text", f"{where}format: ")
    for key in ("affixes", "missing"):
        _value(form, key, [], _is_texts, "a list of texts", f"{where}format: ")
    _value(form, "multiples", False, _is_flag, "true or false", f"{where}format: ")
    return f"number:{NumberForm(**{**form, **_tuples(form)})}"


def _markers(where: str, values: Mapping[str, Any]) -> Missing:
    """What stands for no value, as the parameter missing has it."""
    allowed = "auto, none, or markers separated by commas"
    text = _value(values, "markers", "auto", _is_text, allowed, where)
    try:
        return Missing.parse(text)
    except ValueError:
        raise _wrong(f"{where}markers", allowed, text) from None


def _tuples(form: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(form[key]) for key in ("affixes", "missing") if key in form}


def _categories(where: str, base: str, values: Mapping[str, Any]) -> tuple[str | float, ...] | None:
    test = {"text": lambda each: isinstance(each, str), "number": _is_number}.get(base)
    if "categories" not in values:
        return None
    if test is None:
        raise _wrong(f"{where}categories", "left out for this kind", base)
    allowed = "a list of " + ("texts" if base == "text" else "numbers")
    given = values["categories"]
    if not isinstance(given, list) or not given or not all(map(test, given)):
        raise _wrong(f"{where}categories", allowed, given)
    return tuple(given) if base == "text" else tuple(map(float, given))


def _bound(where: str, base: str, values: Mapping[str, Any], key: str) -> float | str | None:
    if key not in values:
        return None
    if base == "number":
        return float(_value(values, key, None, _is_number, "a number", where))
    if base == "datetime":
        return str(_value(values, key, None, _is_date, "a date as ISO 8601, 2024-01-31", where))
    raise _wrong(f"{where}{key}", "left out for this kind", base)


def _number(bound: float | str) -> float:
    return float(as_date(bound).timestamp() if isinstance(bound, str) else bound)


def as_date(text: str) -> pd.Timestamp:
    """The time that ISO 8601 spells, in UTC and without a zone; ValueError where there is none."""
    return pd.to_datetime(text, format="ISO8601", utc=True).tz_localize(None).as_unit("us")


def _share(where: str, values: Mapping[str, Any], key: str, usual: float) -> float:
    test: Test = lambda share: _is_number(share) and 0 <= share <= 1  # noqa: E731
    return float(_value(values, key, usual, test, "a share from 0 to 1", where))


def _word(values: Mapping[str, Any], key: str, words: Sequence[str], where: str = "") -> str:
    found = values.get(key, words[0])
    if found not in words or not isinstance(found, str):
        raise _wrong(where + key, f"one of {', '.join(words)}", found, words)
    return found


def _value(
    values: Mapping[str, Any], key: str, usual: Any, test: Test, allowed: str, where: str = ""
) -> Any:
    """The value of a key, the usual one where there is none; RepriseError where it fails."""
    if key not in values:
        return usual
    if not test(values[key]):
        raise _wrong(where + key, allowed, values[key])
    return values[key]


def _check_keys(
    what: str, values: Mapping[str, Any], known: Sequence[str], needed: Sequence[str]
) -> None:
    for key in values:
        if key not in known:
            raise _wrong(f"{what}: keys", f"some of {', '.join(known)}", key, known)
    for key in needed:
        if key not in values:
            raise RepriseError(
                f"{what} must have the key {key}, got {_shown(list(values))}: add it"
            )


def _wrong(what: str, allowed: str, value: Any, known: Sequence[str] = ()) -> RepriseError:
    close = get_close_matches(value, known, n=1) if isinstance(value, str) else []
    remedy = f"did you mean '{close[0]}'?" if close else "correct it"
    return RepriseError(f"{what} must be {allowed}, got {_shown(value)}: {remedy}")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else f"{text[:77]}…"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and not pd.isna(as_date(value))
    except ValueError:
        return False


def _different(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys differ: JSON itself would keep the last of two in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key '{repeated}' twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"the number {constant}")


def _is_pair(value: Any) -> bool:
    return isinstance(value, str) and all(value.partition("/"))


def _is_zeros(value: Any) -> bool:
    return isinstance(value, str) and (value == "0*" or (len(value) > 1 and not value.strip("0")))


# What the format of a kind must be, that of numbers apart.
_FORMATS: dict[str, tuple[Test, str]] = {
    "datetime": (_is_text, "a format of dates, such as %d/%m/%Y"),
    "boolean": (_is_pair, "the words for true and false, such as yes/no"),
    "text": (_is_zeros, "zeros, as many as each code has digits, or 0*"),
}
