"""The card of a fitted model: its metrics, what it is made of and pictures on one small page."""

from collections.abc import Mapping
from typing import Any

from reprise import pages, pictures
from reprise.evaluation import metrics_of
from reprise.schema import Schema

PAGE = "card.html"


def card(
    title: str,
    schema: Schema,
    metrics: Mapping[str, float],
    made_of: tuple[str, Mapping[str, float]],
    evidence: Mapping[str, Any],
    seconds: float | None = None,
) -> str:
    """A self-contained HTML page of a model that was fitted in so many seconds.

    `metrics` are named <part>_<metric>; `made_of` is a heading and numbers by name, such as
    hyperparameters.
    """
    parts = {
        part: {name: metrics.get(f"{part}_{name}") for name in metrics_of(schema.task)}
        for part in ("train", "validation")
    }
    return pages.page(
        PAGE,
        title=title,
        schema=schema,
        parts=parts,
        made_of=made_of,
        seconds=seconds,
        predictions=pictures.of_predictions(evidence),
        thresholds=evidence.get("thresholds"),
        columns_seen=pictures.of_columns(evidence),
        training=pictures.of_training(evidence),
    )
