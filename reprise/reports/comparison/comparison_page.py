"""The comparison of runs: everything to show of them, as a page and as lines for a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reprise.errors import hidden
from reprise.provenance.explanation import differences_between
from reprise.reports import html
from reprise.reports.captioned_chart import Picture
from reprise.reports.comparison.compared_runs import Side, find_sides, reservations
from reprise.reports.comparison.overlays import pictures
from reprise.reports.comparison.tables import Row, metric_rows, parameter_rows
from reprise.tracking.contract import COMPARISON
from reprise.tracking.parameter_roles import Parse

_SHOWN_APART = ("parameters", "metrics")


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; `differences` has phrases by section for each run but the first."""

    sides: list[Side]
    reservations: list[str]
    parameters: list[Row]
    metrics: list[Row]
    differences: dict[str, dict[str, list[str]]]
    pictures: list[Picture]

    def to_html(self) -> str:
        """The comparison as one page that needs neither network nor server."""
        return html.page(
            COMPARISON,
            sides=[_facts(side) for side in self.sides],
            reservations=self.reservations,
            tables={"Metrics": self.metrics, "Parameters": self.parameters},
            differences=self.differences,
            pictures=self.pictures,
        )

    def lines(self) -> list[str]:
        """The comparison for a terminal: the runs, metrics and parameters that differ, the rest."""
        found = [f"{side.letter}  {side.recorded.id}  {side.name}" for side in self.sides]
        found += [f"note: {line}" for line in self.reservations]
        for title, rows in (("metrics", self.metrics), ("parameters", self.parameters)):
            differing = [row for row in rows if row.differs]
            found += _aligned(title, [side.letter for side in self.sides], differing)
        for letter, sections in self.differences.items():
            for section, phrases in sections.items():
                found += [f"{section}, {self.sides[0].letter} -> {letter}"]
                found += [f"    {phrase}" for phrase in phrases]
        return found


def compare(names: str, parse: Parse) -> Comparison:
    """Put the runs of a comma-separated list side by side.

    Raises RepriseError where there are too few or too many, or they do not compare.
    """
    sides = find_sides(names)
    first, *others = sides
    found = {}
    for side in others:
        sections = differences_between(first.recorded, side.recorded, parse)
        found[side.letter] = {
            name: phrases for name, phrases in sections.items() if name not in _SHOWN_APART
        }
    return Comparison(
        sides,
        reservations(sides),
        parameter_rows(sides),
        metric_rows(sides),
        found,
        pictures(sides),
    )


def _facts(side: Side) -> Mapping[str, Any]:
    recorded, info, schema = side.recorded, side.run.info, side.schema or {}
    commit, dirty = recorded.commit
    started = datetime.fromtimestamp(info.start_time / 1000, UTC)
    seconds = (info.end_time - info.start_time) / 1000 if info.end_time else None
    return {
        "letter": side.letter,
        "name": side.name,
        "id": recorded.id,
        "facts": {
            "entry point": recorded.entry_point,
            "started": f"{started:%Y-%m-%d %H:%M} UTC",
            "status": info.status,
            "took": "" if seconds is None else f"{seconds:.1f} s",
            "data": hidden(str(schema.get("source", ""))),
            "target": str(schema.get("target", "")),
            "rows": ", ".join(f"{name} {n:,}" for name, n in schema.get("rows", {}).items()),
            "commit": f"{commit[:12]}{' and changes' if dirty else ''}",
            "lock": (recorded.lock_digest or "")[:12],
        },
    }


def _aligned(title: str, letters: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Rows as columns of text under a title; nothing where there are none."""
    if not rows:
        return []
    table = [["", *letters]] + [
        [
            row.name,
            *(f"{cell.text} ({cell.change})" if cell.change else cell.text for cell in row.cells),
        ]
        for row in rows
    ]
    widths = [max(len(line[n]) for line in table) for n in range(len(table[0]))]
    shown = [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(text.rjust(width) for text, width in zip(line[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for line in table
    ]
    return [title, *(f"    {line}" for line in shown)]
