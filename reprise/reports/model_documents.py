"""The documents of a fitted model, as the content of artifacts: nothing is written here."""

import json

from reprise.evaluation.evidence import Evidence
from reprise.reports import png_plots
from reprise.reports.model_page import ModelFacts, card
from reprise.tracking.contract import EVIDENCE, IMPORTANCE, MODEL_PAGE, PLOTS, PREDICTIONS


def documents(facts: ModelFacts, evidence: Evidence) -> dict[str, bytes]:
    """Card, evidence, importance, predictions and pictures, by the names of their artifacts."""
    frame = evidence.prediction.to_frame(evidence.part.y)
    found = {
        MODEL_PAGE: card(facts, evidence.shown).encode(),
        EVIDENCE: json.dumps(evidence.shown, ensure_ascii=False).encode(),
        PREDICTIONS: frame.to_parquet(None, index=False),
    }
    if evidence.importance is not None:
        found[IMPORTANCE] = evidence.importance.table.to_csv(index=False).encode()
    return found | _pictures(facts, evidence)


def _pictures(facts: ModelFacts, evidence: Evidence) -> dict[str, bytes]:
    figures = png_plots.draw_all(facts.schema.task, evidence.part.y, evidence.prediction)
    if evidence.importance is not None and evidence.measured:
        figures["importance"] = png_plots.importance(evidence.importance)
    if evidence.curves:
        curves = evidence.curves
        figures["loss_curve"] = png_plots.loss_curve(curves["loss"], curves["val_loss"])
    return {f"{PLOTS}/{name}.png": png_plots.png(figure) for name, figure in figures.items()}
