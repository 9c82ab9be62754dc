"""The data section: the target by part, and each column with its distribution."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from reprise.formatting import count, number
from reprise.reports import charts
from reprise.reports.main.result import Result

KINDS = {
    "leak": "Leak?",
    "twins": "Twins",
    "drift": "Drift",
    "imbalance": "Rare class",
    "identifier": "Identifier?",
    "missing": "Gaps",
}
_LABELS = 3


@dataclass(frozen=True)
class ColumnRow:
    """A feature as the table of columns shows it."""

    name: str
    role: str
    type: str
    missing: int
    drawing: Markup | None
    values: str
    alone: float | None


def columns_of(result: Result) -> list[ColumnRow]:
    """The features in the order of the table."""
    if result.schema is None:
        return []
    known = (result.summary or {}).get("columns", {})
    return [
        _column(name, column, result.schema["missing"].get(name, 0), known.get(name, {}))
        for name, column in result.schema["columns"].items()
    ]


def target_picture(result: Result) -> Markup | None:
    """The target in train, validation and test rows."""
    if result.schema is None or result.summary is None:
        return None
    found, name = result.summary["target"], result.schema["target"]
    label = f"Distribution of {name} in each part"
    if "labels" in found:
        return charts.groups(found["labels"], found["parts"], "share of rows", label)
    edges = found["edges"]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    series = {
        part: list(zip(middles, shares, strict=True)) for part, shares in found["parts"].items()
    }
    return charts.curves(series, str(name), "share of rows", label)


def is_sample(result: Result) -> bool:
    """Whether the summary looked at some of the rows only."""
    if result.schema is None or result.summary is None:
        return False
    return bool(result.summary["rows"] != result.schema["rows"])


def _column(name: str, column: dict[str, Any], missing: int, known: dict[str, Any]) -> ColumnRow:
    return ColumnRow(
        name,
        column["role"],
        column["type"],
        missing,
        _drawing(name, known),
        _values(known),
        known.get("alone"),
    )


def _drawing(name: str, known: dict[str, Any]) -> Markup | None:
    label = f"Distribution of {name}"
    if "edges" in known:
        shown = [edge if isinstance(edge, str) else number(edge) for edge in known["edges"]]
        hints = [
            f"{low} to {high}: {count(rows)} rows"
            for low, high, rows in zip(shown[:-1], shown[1:], known["rows"], strict=True)
        ]
        return charts.spark(known["rows"], hints, label)
    if "labels" in known:
        hints = [f"{text}: {count(rows)} rows" for text, rows in known["labels"]]
        return charts.spark([rows for _, rows in known["labels"]], hints, label)
    return None


def _values(known: dict[str, Any]) -> str:
    if "low" in known:
        ends = [known[end] for end in ("low", "middle", "high")]
        return " · ".join(end if isinstance(end, str) else number(end) for end in ends)
    if "labels" in known:
        top = ", ".join(text for text, _ in known["labels"][:_LABELS])
        more = known["unique"] - min(_LABELS, len(known["labels"]))
        return f"{top}, {count(more)} more" if more > 0 else top
    return ""
