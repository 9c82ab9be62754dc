"""The card of a fitted model: its metrics, hyperparameters and pictures on one small page."""

from collections.abc import Mapping
from typing import Any

from reprise import pages, pictures
from reprise.evaluation import metrics_of
from reprise.schema import Schema
from reprise.training import Trained

PAGE = "card.html"


def card(trained: Trained, schema: Schema, evidence: Mapping[str, Any]) -> str:
    """A self-contained HTML page of what a train_* or tune step has fitted."""
    parts = {
        part: {name: trained.metrics.get(f"{part}_{name}") for name in metrics_of(schema.task)}
        for part in ("train", "validation")
    }
    return pages.page(
        PAGE,
        family=trained.family,
        schema=schema,
        parts=parts,
        hyperparameters=trained.hyperparameters,
        seconds=trained.seconds,
        predictions=pictures.of_predictions(evidence),
        thresholds=evidence.get("thresholds"),
        columns_seen=pictures.of_columns(evidence),
        training=pictures.of_training(evidence),
    )
