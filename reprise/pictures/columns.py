"""Pictures of what a model makes of its columns."""

from collections.abc import Iterator
from typing import Any

from reprise import charts
from reprise.pictures.picture import Evidence, Picture
from reprise.wording import metric

_BARS = 12
_MARKED = 15


def of_columns(evidence: Evidence) -> list[Picture]:
    """Permutation importance, and the partial dependence of the most important columns."""
    dependence = [_dependence(found) for found in evidence.get("partial_dependence", [])]
    return [*_importance(evidence), *dependence]


def _importance(evidence: Evidence) -> Iterator[Picture]:
    found = evidence.get("importance")
    if found and found["rows"]:
        top = found["rows"][:_BARS]
        rows = [(row["column"], row["mean"]) for row in top]
        spreads = [row["std"] for row in top]
        drawing = charts.rows_of_bars(rows, "Importance of the columns", spreads=spreads)
        note = (
            f"How much worse {metric(found['metric'])} gets when a column is shuffled; the whisker "
            "is the spread over five shuffles."
        )
        yield Picture("Importance", drawing, note)


def _dependence(found: dict[str, Any]) -> Picture:
    name, values, series = str(found["column"]), found["values"], found["series"]
    measured = "prediction" if list(series) == [""] else "probability"
    label = f"Mean {measured} by {name}"
    if found["role"] == "number":
        lines = {key: list(zip(values, means, strict=True)) for key, means in series.items()}
        drawing = charts.curves(lines, name, measured, label, marks=len(values) < _MARKED)
    else:
        names = _labels(values, found["role"])
        drawing = charts.steps(names, series, name, measured, label)
    of_one = len(series) == 1 and measured == "probability"
    return Picture(f"{name}, probability of {next(iter(series))}" if of_one else name, drawing)


def _labels(values: list[Any], role: str) -> list[str]:
    if role == "boolean":
        return [str(bool(float(value))).lower() for value in values]
    return [str(value) for value in values]
