"""What a field of a text looks like: a number, a date, or neither."""

import re
from collections.abc import Sequence
from typing import Literal

_NUMBER = re.compile(r"[-+(]?\W?\d[\d.,' \u00a0\u202f]*(e[-+]?\d+)?\W?\)?", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")

Record = list[str]
FieldKind = Literal["gap", "number", "date", "text"]


def field_kind(field: str) -> FieldKind:
    """What a field looks like."""
    field = field.strip()
    if not field or field.lower() in ("na", "n/a", "nan", "null", "none", "?", "-"):
        return "gap"
    if _DATE.fullmatch(field):
        return "date"
    return "number" if _NUMBER.fullmatch(field) else "text"


def column_kinds(rows: Sequence[Record]) -> list[FieldKind]:
    """The kind of each column: that of all of its fields, text where they differ."""
    found: list[FieldKind] = []
    for column in zip(*rows, strict=True):
        kinds = {field_kind(field) for field in column} - {"gap"}
        found.append(kinds.pop() if len(kinds) == 1 else "text" if kinds else "gap")
    return found
