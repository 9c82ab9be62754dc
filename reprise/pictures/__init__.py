"""The pictures of a fitted model, drawn from the evidence that its step recorded.

What is not recorded is left out.
"""

from markupsafe import Markup

from reprise import charts
from reprise.pictures.classes import of_classes
from reprise.pictures.columns import of_columns
from reprise.pictures.numbers import of_numbers
from reprise.pictures.picture import Evidence, Picture
from reprise.wording import count, metric, number

__all__ = ["Evidence", "Picture", "of_columns", "of_predictions", "of_training"]


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
    worse = [part for part in found["rows"]
             if part["value"] > found["all"] and number(part["value"]) != everywhere]  # fmt: skip
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
