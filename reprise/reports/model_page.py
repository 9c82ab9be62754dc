"""The card of a fitted model: its metrics, what it is made of and pictures on one small page."""

from collections.abc import Mapping
from dataclasses import dataclass

from reprise.data.schema import Schema
from reprise.evaluation.metrics import metrics_of
from reprise.reports import html, model_charts
from reprise.reports.captioned_chart import Evidence
from reprise.tracking.contract import MODEL_PAGE


@dataclass(frozen=True)
class ModelFacts:
    """What a model is: its title, the schema of its table, how good it is, what it is made of.

    `metrics` are named <part>_<metric>; `made_of` is a heading and numbers by name, such as
    hyperparameters; `seconds` of fitting, None for what was not fitted.
    """

    title: str
    schema: Schema
    metrics: Mapping[str, float]
    made_of: tuple[str, Mapping[str, float]]
    seconds: float | None = None


def card(facts: ModelFacts, evidence: Evidence) -> str:
    """A self-contained HTML page of a model, with the pictures that its evidence allows."""
    parts = {
        part: {name: facts.metrics.get(f"{part}_{name}") for name in metrics_of(facts.schema.task)}
        for part in ("train", "validation")
    }
    return html.page(
        MODEL_PAGE,
        title=facts.title,
        schema=facts.schema,
        parts=parts,
        made_of=facts.made_of,
        seconds=facts.seconds,
        predictions=model_charts.of_predictions(evidence),
        thresholds=evidence.get("thresholds"),
        columns_seen=model_charts.of_columns(evidence),
        training=model_charts.of_training(evidence),
    )
