"""Rows that JSON spells: only the columns that a model knows are built of them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reprise.inference.bounds import BadRequest, Bounds

FORMATS = ("dataframe_records", "dataframe_split", "instances", "inputs")
_PLAIN = {str, int, float, bool, type(None)}
_QUOTE, _COMMA, _LIST, _OBJECT = b'",[{'


def parse_json(body: bytes, bounds: Bounds) -> Any:
    """What a body spells; BadRequest where it has too many values, or is no JSON."""
    bounds.check_values(_values_in(body, bounds.values))
    try:
        return json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"a body must be JSON in UTF-8, got what is none ({error})") from None


def rows_of(content: Any, name: str, bounds: Bounds) -> pd.DataFrame:
    """Rows in one of MLflow's formats; BadRequest where they are no table with named columns."""
    try:
        if name == "dataframe_split":
            return _split(content, bounds)
        if name != "dataframe_records" and isinstance(content, dict):
            return _columns(content, bounds)
        return _records(content, bounds)
    except ValueError as error:
        raise BadRequest(f"{name} must be a table with named columns ({error})") from None


def rows_of_records(content: Any, bounds: Bounds) -> pd.DataFrame:
    """A list of records, or one record; BadRequest where it is neither."""
    try:
        return _records([content] if isinstance(content, dict) else content, bounds)
    except ValueError:
        raise BadRequest(
            f"a body must be a record or a list of records, got {shape(content)}"
        ) from None


def shape(content: Any) -> str:
    """What kind of thing JSON has spelled, in a few words."""
    if isinstance(content, dict):
        return f"an object with {', '.join(map(repr, list(content)[:5])) or 'nothing'}"
    named = {list: "a list", str: "a text"}
    return next((name for kind, name in named.items() if isinstance(content, kind)), repr(content))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise BadRequest(f"an object must have each name once, got '{name}' more than once")
    return found


def _values_in(body: bytes, enough: int) -> int:
    """At least as many values as JSON spells here; what stands in quotes is left out if need be."""
    marks = (_COMMA, _LIST, _OBJECT)
    most = sum(body.count(mark) for mark in marks)
    if most <= enough:
        return most
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    letters = np.frombuffer(plain, dtype=np.uint8)
    # An odd number of quotes before it: a letter of a text. Eight bits are enough to be odd.
    quoted = np.cumsum(letters == _QUOTE, dtype=np.uint8) & 1
    return int(np.count_nonzero(np.isin(letters, marks) & (quoted == 0)))


def _records(records: Any, bounds: Bounds) -> pd.DataFrame:
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise ValueError(f"a list of records is needed, got {shape(records)}")
    bounds.check_rows(len(records))
    found = {}
    for name in bounds.kinds:
        values = [record.get(name) for record in records]
        if any(value is not None for value in values) or any(name in each for each in records):
            found[name] = values
    return _frame(found)


def _split(content: Any, bounds: Bounds) -> pd.DataFrame:
    if not isinstance(content, dict) or not {"columns", "data"} <= content.keys():
        raise ValueError("columns and data are needed")
    names, rows = content["columns"], content["data"]
    if not _is_list_of(names, str | int | float | None):
        raise ValueError("columns must be a list of names")
    if not _is_list_of(rows, list):
        raise ValueError("data must be a list of rows, each a list of values")
    bounds.check_rows(len(rows))
    positions = {name: position for position, name in enumerate(names)}
    if len(positions) < len(names):
        raise ValueError("each column once")
    longest = max(map(len, rows))
    if longest > len(names):
        raise ValueError(f"{len(names)} columns, but {longest} values in a row")
    if any(len(row) < len(names) for row in rows):
        rows = [row + [None] * (len(names) - len(row)) for row in rows]
    known = {name: positions[name] for name in bounds.kinds if name in positions}
    return _frame({name: [row[position] for row in rows] for name, position in known.items()})


def _columns(content: Mapping[str, Any], bounds: Bounds) -> pd.DataFrame:
    known = {name: content[name] for name in bounds.kinds if name in content}
    if not all(isinstance(values, list) for values in known.values()):
        raise ValueError("a list of values for each column is needed")
    if len({len(values) for values in known.values()}) > 1:
        raise ValueError("all columns must have as many values")
    if known:
        bounds.check_rows(len(next(iter(known.values()))))
    return _frame(known)


def _frame(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    for name, values in columns.items():
        if not _PLAIN.issuperset(map(type, values)):
            row = next(row for row, value in enumerate(values) if type(value) not in _PLAIN)
            raise BadRequest(
                f"column '{name}' must hold plain values, got {shape(values[row])} in row {row + 1}"
            )
    return pd.DataFrame(columns)


def _is_list_of(content: Any, kinds: Any) -> bool:
    return isinstance(content, list) and all(isinstance(each, kinds) for each in content)
