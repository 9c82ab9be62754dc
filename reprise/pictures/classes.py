"""Pictures of predicted classes."""

from collections.abc import Iterator
from typing import Any

from reprise import charts
from reprise.pictures.picture import Evidence, Picture
from reprise.wording import number

_EVEN = [(0.0, 0.0), (1.0, 1.0)]


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
        drawing = charts.curves(series, "false positive rate", "true positive rate", label,
                                even=_EVEN)  # fmt: skip
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
        drawing = charts.curves(series, "mean predicted probability", "share of rows", label,
                                even=_EVEN, marks=True)  # fmt: skip
        note = "On the thin line, three in ten of the rows given 30% are of the class."
        yield Picture(f"Calibration{_of_one(series)}", drawing, note)


def _named(found: list[dict[str, Any]], value: str) -> dict[str, Any]:
    return {f"{each['label']} ({number(each[value])})": each["points"] for each in found}


def _of_one(series: dict[str, Any]) -> str:
    """Where only one class is looked at, the title names it, for there is no legend."""
    return f" of {next(iter(series))}" if len(series) == 1 else ""
