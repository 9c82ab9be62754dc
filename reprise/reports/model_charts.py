"""The pictures of a fitted model, drawn from the evidence that its step recorded.

What is not recorded is left out.
"""

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from reprise.formatting import count, metric, number
from reprise.reports import charts
from reprise.reports.captioned_chart import Evidence, Picture

__all__ = ["Evidence", "Picture", "of_columns", "of_predictions", "of_training"]
_EVEN = [(0.0, 0.0), (1.0, 1.0)]
_BARS = 12
_MARKED = 15


def of_predictions(evidence: Evidence) -> list[Picture]:
    """What predictions look like beside what was measured."""
    return [*of_numbers(evidence), *of_classes(evidence), *_segments(evidence)]


def of_training(evidence: Evidence) -> list[Picture]:
    """How the loss fell, for what is trained by epochs."""
    losses, kept = evidence.get("losses"), evidence.get("kept_epoch")
    if not losses or kept is None:
        return []
    label = f"Loss by epoch; epoch {kept} was kept"
    drawing = charts.curves(losses, "epoch", "loss", label, upright=kept)
    return [Picture("Training", drawing, f"Epoch {kept}, the upright line, was kept.")]


def _segments(evidence: Evidence) -> list[Picture]:
    """The segments whose error is larger than that of all rows, or a sentence where none is."""
    found = evidence.get("segments")
    if not found or not found["rows"]:
        return []
    title, measure, everywhere = "Error by segment", metric(found["measure"]), number(found["all"])
    worse = [
        part
        for part in found["rows"]
        if part["value"] > found["all"] and number(part["value"]) != everywhere
    ]
    if not worse:
        largest = max(part["value"] for part in found["rows"])
        note = f"No segment's {measure} is larger than that of all rows, {everywhere}."
        return [Picture(title, Markup(), note if largest else f"Every segment's {measure} is 0.")]
    rows = [(f"{part['column']}: {part['segment']}", part["value"]) for part in worse]
    label = f"{measure} of the segments where it is largest"
    fewest = min(part["rows"] for part in worse)
    shown = measure[0].upper() + measure[1:]
    note = (
        f"{shown} where it is larger than in all rows, {everywhere} (the thin line). "
        f"A segment has {count(fewest)} rows at least."
    )
    return [Picture(title, charts.rows_of_bars(rows, label, line=found["all"]), note)]


def of_classes(evidence: Evidence) -> list[Picture]:
    """Confusion, ROC, precision and recall, calibration."""
    return [
        *_confusion(evidence),
        *_roc(evidence),
        *_precision_recall(evidence),
        *_calibration(evidence),
    ]


def _confusion(evidence: Evidence) -> Iterator[Picture]:
    if found := evidence.get("confusion"):
        label = f"Rows of each of {len(found['labels'])} actual classes by predicted class"
        drawing = charts.matrix(found["labels"], found["rows"], label)
        yield Picture("Confusion", drawing, "Rows by class; right ones lie on the diagonal.")


def _roc(evidence: Evidence) -> Iterator[Picture]:
    if found := evidence.get("roc"):
        series = _named(found, "area")
        label = f"ROC, area under the curve: {', '.join(series)}"
        drawing = charts.curves(
            series, "false positive rate", "true positive rate", label, even=_EVEN
        )
        note = "Area in brackets: 1 is perfect, 0.5 is chance, the thin line."
        yield Picture(f"ROC{_of_one(series)}", drawing, note)


def _precision_recall(evidence: Evidence) -> Iterator[Picture]:
    if found := evidence.get("precision_recall"):
        series = _named(found, "average")
        label = f"Precision and recall, average precision: {', '.join(series)}"
        drawing = charts.curves(series, "recall", "precision", label)
        note = "Average precision in brackets."
        yield Picture(f"Precision and recall{_of_one(series)}", drawing, note)


def _calibration(evidence: Evidence) -> Iterator[Picture]:
    if found := evidence.get("calibration"):
        series = {each["label"]: each["points"] for each in found}
        label = f"Calibration of {', '.join(series)}"
        drawing = charts.curves(
            series, "mean predicted probability", "share of rows", label, even=_EVEN, marks=True
        )
        note = "On the thin line, three in ten of the rows given 30% are of the class."
        yield Picture(f"Calibration{_of_one(series)}", drawing, note)


def _named(found: list[dict[str, Any]], value: str) -> dict[str, Any]:
    return {f"{each['label']} ({number(each[value])})": each["points"] for each in found}


def _of_one(series: dict[str, Any]) -> str:
    """Where only one class is looked at, the title names it, for there is no legend."""
    return f" of {next(iter(series))}" if len(series) == 1 else ""


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
        drawn = [
            (number((first + last) / 2), low, middle, high)
            for first, last, low, middle, high in groups
        ]
        label = "Errors by size of the actual value"
        across = "actual value, middle of the group"
        drawing = charts.ranges(drawn, across, "predicted minus actual", label)
        note = "Middle half of the errors, and their median, from small actual values to large."
        yield Picture("Errors by size", drawing, note)


def of_columns(evidence: Evidence) -> list[Picture]:
    """Importance, contributions, and the partial dependence of the most important columns."""
    dependence = [_dependence(found) for found in evidence.get("partial_dependence", [])]
    return [*_importance(evidence), *_contributions(evidence), *dependence]


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


def _contributions(evidence: Evidence) -> Iterator[Picture]:
    found = evidence.get("contributions")
    if found and found["rows"]:
        rows = [(row["column"], row["mean"]) for row in found["rows"][:_BARS]]
        drawing = charts.rows_of_bars(rows, "Mean size of the contributions of the columns")
        unit = "log-odds of the predicted class" if "confusion" in evidence else "the target's unit"
        note = (
            f"How far a column moves a prediction from the base, up or down, in {unit}: mean over "
            f"{count(found['of'])} rows. Shapley values."
        )
        yield Picture("Contributions", drawing, note)


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
