"""A contract: what a table is to be like, column by column."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reprise.data.digests import digest_json
from reprise.predictor import ColumnKind, Missing

# The form of the file; a later one that reads otherwise will have another number.
VERSION = 1
KINDS = ("number", "boolean", "datetime", "text")
SHARES = ("long-run", "exact")
OTHER_COLUMNS = ("allow", "refuse")


@dataclass(frozen=True)
class Terms:
    """What the values of a column are to be.

    `missing` is the share of rows that may have no value; `outside` is the share of the values that
    may lie beyond `min` and `max` (numbers, or dates as ISO 8601), or be none of the `categories`.
    """

    kind: ColumnKind
    required: bool = True
    missing: float = 1.0
    min: float | str | None = None
    max: float | str | None = None
    categories: tuple[str | float, ...] | None = None
    outside: float = 0.0
    unique: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON values; what is as usual is left out."""
        plain, markers = Missing.of_kind(self.kind)
        base, _, form = plain.partition(":")
        found: dict[str, Any] = {"kind": base}
        if form:
            found["format"] = json.loads(form) if base == "number" else form
        if markers != Missing():
            found["markers"] = str(markers)
        if not self.required:
            found["required"] = False
        if self.missing < 1:
            found["missing"] = self.missing
        bounds = {"min": self.min, "max": self.max}
        found |= {name: _short(bound) for name, bound in bounds.items() if bound is not None}
        if self.categories is not None:
            found["categories"] = [_short(each) for each in self.categories]
        if self.outside:
            found["outside"] = self.outside
        return found | ({"unique": True} if self.unique else {})


@dataclass(frozen=True)
class Contract:
    """The terms of each column, by name.

    Rows to predict need not have the `target`. With `shares` long-run a table may have more by
    chance than the shares of its terms, a small one more than a large one; exact leaves no room.
    `made_from` says where the contract came from, for people.
    """

    columns: Mapping[str, Terms]
    target: str | None = None
    other_columns: str = "allow"
    shares: str = "long-run"
    made_from: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        found: dict[str, Any] = {"contract": VERSION}
        if self.made_from:
            found["made_from"] = dict(self.made_from)
        if self.target is not None:
            found["target"] = self.target
        found |= {"other_columns": self.other_columns, "shares": self.shares}
        return found | {"columns": {name: each.to_json() for name, each in self.columns.items()}}

    @property
    def text(self) -> str:
        """As the file that people edit: a line for each column."""
        lines = [f'"{name}": {_json(value)}' for name, value in self.to_json().items()]
        columns = [
            f"    {_json(name)}: {_json(each.to_json())}" for name, each in self.columns.items()
        ]
        lines[-1] = '"columns": {\n' + ",\n".join(columns) + "\n  }"
        return "{\n  " + ",\n  ".join(lines) + "\n}\n"

    @property
    def digest(self) -> str:
        """sha256 of what it demands: not of how it is spelled, nor of where it came from."""
        return digest_json({**self.to_json(), "made_from": None})


def _short(value: float | str) -> float | str:
    """A whole number without its fraction."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return int(value) if is_whole else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
