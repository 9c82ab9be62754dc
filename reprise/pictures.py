"""The pictures of a fitted model, drawn from the evidence that its step recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reprise import charts
from reprise.wording import count, metric, number

Evidence = Mapping[str, Any]
_BARS = 12


@dataclass(frozen=True)
class Picture:
    """A drawing under a heading; `note` says how to read it."""

    title: str
    drawing: Markup
    note: str = ""


def of_predictions(evidence: Evidence) -> list[Picture]:
    """What predictions look like beside what was measured; what is not recorded is left out."""
    return [*_of_numbers(evidence), *_of_classes(evidence), *_segments(evidence)]


def of_columns(evidence: Evidence) -> list[Picture]:
    """What the model makes of its columns."""
    return [*_importance(evidence), *_dependence(evidence)]


def of_training(evidence: Evidence) -> list[Picture]:
    """How the loss fell, for what is trained by epochs."""
    losses = evidence.get("losses")
    if not losses:
        return []
    kept = min(losses["validation"], key=lambda point: point[1])[0]
    drawing = charts.curves(losses, "epoch", "loss", f"Loss by epoch; epoch {kept} was kept",
                            upright=kept)  # fmt: skip
    return [Picture("Training", drawing, f"Epoch {kept}, the upright line, was kept.")]


def _of_numbers(evidence: Evidence) -> Iterator[Picture]:
    if points := evidence.get("points"):
        ends = [min(min(pair) for pair in points), max(max(pair) for pair in points)]
        label = f"Predicted against actual values of {len(points)} rows"
        drawing = charts.points(points, "actual", "predicted", label, [(e, e) for e in ends])
        yield Picture("Predicted against actual", drawing, "On the line both are equal.")
    if errors := evidence.get("errors"):
        drawing = charts.columns(errors["edges"], errors["rows"], "predicted minus actual", "rows",
                                 "How many rows have which error")  # fmt: skip
        yield Picture("Errors", drawing, "How many rows are off by how much, and to which side.")
    if groups := evidence.get("by_size"):
        drawn = [(number(middle_of(first, last)), low, middle, high)
                 for first, last, low, middle, high in groups]  # fmt: skip
        drawing = charts.ranges(drawn, "actual value, middle of the group",
                                "predicted minus actual", "Errors by size of the actual value")  # fmt: skip
        note = "Middle half of the errors, and their median, from small actual values to large."
        yield Picture("Errors by size", drawing, note)


def middle_of(first: float, last: float) -> float:
    """The number halfway between two."""
    return (first + last) / 2


def _of_classes(evidence: Evidence) -> Iterator[Picture]:
    if confusion := evidence.get("confusion"):
        label = f"Rows of each of {len(confusion['labels'])} actual classes by predicted class"
        drawing = charts.matrix(confusion["labels"], confusion["rows"], label)
        yield Picture("Confusion", drawing, "Rows by actual and predicted class; right ones lie on "
                      "the diagonal.")  # fmt: skip
    square = [(0.0, 0.0), (1.0, 1.0)]
    if found := evidence.get("roc"):
        series = {f"{each['label']} ({number(each['area'])})": each["points"] for each in found}
        drawing = charts.curves(series, "false positive rate", "true positive rate",
                                "ROC: " + ", ".join(series), even=square)  # fmt: skip
        note = "Area in brackets: 1 is perfect, 0.5 is chance, the thin line."
        yield Picture("ROC" + _of_one(found, "area"), drawing, note)
    if found := evidence.get("precision_recall"):
        series = {f"{each['label']} ({number(each['average'])})": each["points"] for each in found}
        drawing = charts.curves(series, "recall", "precision",
                                "Precision and recall: " + ", ".join(series), even=[(0, 0), (0, 1)])  # fmt: skip
        note = "Average precision in brackets."
        yield Picture("Precision and recall" + _of_one(found, "average"), drawing, note)
    if found := evidence.get("calibration"):
        series = {each["label"]: each["points"] for each in found}
        drawing = charts.curves(series, "mean predicted probability", "share of rows",
                                "Calibration of " + ", ".join(series), even=square, marks=True)  # fmt: skip
        note = "On the thin line, of rows given 30% three in ten are of the class."
        yield Picture("Calibration" + _of_one(found, None), drawing, note)


def _of_one(found: list[dict[str, Any]], value: str | None) -> str:
    """Where only one class is looked at, the title names it, for there is no legend."""
    if len(found) != 1:
        return ""
    said = f" ({number(found[0][value])})" if value else ""
    return f" of {found[0]['label']}{said}"


def _segments(evidence: Evidence) -> Iterator[Picture]:
    found = evidence.get("segments")
    if not found or not found["rows"]:
        return
    measure = metric(found["measure"])
    rows = [(f"{part['column']}: {part['segment']}", part["value"]) for part in found["rows"]]
    drawing = charts.rows_of_bars(rows, f"{measure} of the segments where it is largest",
                                  line=found["all"])  # fmt: skip
    fewest = min(part["rows"] for part in found["rows"])
    yield Picture("Error by segment", drawing, f"{measure} where it is largest; the thin line is "
                  f"all rows, {number(found['all'])}. A segment has {count(fewest)} rows at least.")  # fmt: skip


def _importance(evidence: Evidence) -> Iterator[Picture]:
    found = evidence.get("importance")
    if not found or not found["rows"]:
        return
    top = found["rows"][:_BARS]
    drawing = charts.rows_of_bars([(row["column"], row["mean"]) for row in top],
                                  "Importance of the columns", spreads=[row["std"] for row in top])  # fmt: skip
    yield Picture("Importance", drawing, f"How much worse {metric(found['metric'])} gets when a "
                  "column is shuffled; the whisker is the spread over five shuffles.")  # fmt: skip


def _dependence(evidence: Evidence) -> Iterator[Picture]:
    for found in evidence.get("partial_dependence", []):
        name, values, series = found["column"], found["values"], found["series"]
        label = f"Mean prediction by {name}"
        said = "prediction" if list(series) == [""] else "probability"
        if found["role"] == "number":
            lines = {key: list(zip(values, means, strict=True)) for key, means in series.items()}
            drawing = charts.curves(lines, str(name), said, label, marks=len(values) < 15)
        else:
            drawing = charts.steps(_labels(values, found["role"]), series, str(name), said, label)
        of = (
            ""
            if list(series) == [""] or len(series) > 1
            else f", probability of {next(iter(series))}"
        )
        yield Picture(f"{name}{of}", drawing)


def _labels(values: list[Any], role: str) -> list[str]:
    if role == "boolean":
        return [str(bool(float(value))).lower() for value in values]
    return [str(value) for value in values]
