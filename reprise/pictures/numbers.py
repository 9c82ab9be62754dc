"""Pictures of predicted numbers."""

from collections.abc import Iterator
from typing import Any

from reprise import charts
from reprise.pictures.picture import Evidence, Picture
from reprise.wording import number


def of_numbers(evidence: Evidence) -> list[Picture]:
    """Predicted against actual, the errors, and the errors by size."""
    return [*_points(evidence), *_errors(evidence), *_by_size(evidence)]


def _points(evidence: Evidence) -> Iterator[Picture]:
    if points := evidence.get("points"):
        ends = [min(min(pair) for pair in points), max(max(pair) for pair in points)]
        label = f"Predicted against actual values of {len(points)} rows"
        line = [(end, end) for end in ends]
        drawing = charts.points({"rows": points}, "actual", "predicted", label, line)
        yield Picture("Predicted against actual", drawing, "On the line both are equal.")


def _errors(evidence: Evidence) -> Iterator[Picture]:
    if errors := evidence.get("errors"):
        label = "How many rows have which error"
        drawing = charts.columns(
            errors["edges"], errors["rows"], "predicted minus actual", "rows", label
        )
        yield Picture("Errors", drawing, "How many rows are off by how much, and to which side.")


def _by_size(evidence: Evidence) -> Iterator[Picture]:
    groups: list[list[Any]] | None = evidence.get("by_size")
    if groups:
        drawn = [(number((first + last) / 2), low, middle, high)
                 for first, last, low, middle, high in groups]  # fmt: skip
        label = "Errors by size of the actual value"
        across = "actual value, middle of the group"
        drawing = charts.ranges(drawn, across, "predicted minus actual", label)
        note = "Middle half of the errors, and their median, from small actual values to large."
        yield Picture("Errors by size", drawing, note)
