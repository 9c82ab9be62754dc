"""What is known of a fitted model beside its metrics, as JSON values that pictures are drawn from.

Steps record it where rows, predictions and libraries are at hand; pages are drawn from it alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reprise.data.prepared_table import Part
from reprise.data.schema import Schema
from reprise.evaluation import classification_evidence, regression_evidence
from reprise.evaluation.mean_contribution import MeanContribution, mean_contribution
from reprise.evaluation.metrics import resolve_metric
from reprise.evaluation.partial_dependence import partial_dependence
from reprise.evaluation.permutation_importance import Importance, permutation_importance
from reprise.evaluation.prediction import Prediction
from reprise.evaluation.segments import segments
from reprise.predictor import TabularModel

_MOST_IMPORTANT = 20
_MOST_EPOCHS = 200


@dataclass(frozen=True)
class Evidence:
    """What a model and its prediction of a part show.

    `shown` has it as JSON values, by the name of a picture. `curves` has the loss after each epoch,
    `loss` and `val_loss`, of what is trained by epochs. The importance is `measured`, or what a
    blend has from its members. `contribution` sums up what moves its predictions.
    """

    part: Part
    prediction: Prediction
    importance: Importance | None
    shown: Mapping[str, Any]
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    measured: bool = True
    contribution: MeanContribution | None = None


def of_model(
    schema: Schema,
    part: Part,
    prediction: Prediction,
    model: TabularModel,
    curves: Mapping[str, Sequence[float]],
    seed: int,
) -> Evidence:
    """Evidence of a model that predicts a part: also how much it relies on each column, and how.

    `seed` decides how columns are shuffled.
    """
    metric = resolve_metric("auto", schema.task)
    importance = permutation_importance(model, schema.task, part.X, part.y, metric, seed)
    shown = _of_prediction(schema, part, prediction, importance)
    ordered = list(importance.table["column"])
    shown["partial_dependence"] = partial_dependence(model, schema, part.X, ordered)
    if curves:
        sides = {"train": curves["loss"], "validation": curves["val_loss"]}
        shown["losses"] = {name: thinned(values, _MOST_EPOCHS) for name, values in sides.items()}
        shown["kept_epoch"] = int(np.argmin(curves["val_loss"])) + 1
    contribution = mean_contribution(model, part.X)
    if contribution is not None:
        shown["contributions"] = contribution.to_json()
    return Evidence(part, prediction, importance, shown, curves, contribution=contribution)


def of_blend(
    schema: Schema,
    part: Part,
    prediction: Prediction,
    importance: Importance | None,
    dependence: Sequence[Mapping[str, Any]],
    contributions: Mapping[str, Any] | None,
) -> Evidence:
    """Evidence of a blend, whose importance, dependence and contributions are its members'."""
    shown = _of_prediction(schema, part, prediction, importance)
    shown["partial_dependence"] = dependence
    if contributions is not None:
        shown["contributions"] = contributions
    return Evidence(part, prediction, importance, shown, measured=False)


def _of_prediction(
    schema: Schema, part: Part, prediction: Prediction, importance: Importance | None
) -> dict[str, Any]:
    """What the prediction of a part shows, with the importance of its columns where it is known."""
    of_task = regression_evidence if schema.task == "regression" else classification_evidence
    found = of_task.evidence(part.y, prediction)
    if importance is None:
        return found | {"segments": segments(schema.task, schema.roles, part.X, part.y, prediction)}
    ordered = list(importance.table["column"])
    found["segments"] = segments(schema.task, schema.roles, part.X[ordered], part.y, prediction)
    found["importance"] = {
        "metric": importance.metric,
        "rows": importance.table.head(_MOST_IMPORTANT).to_dict("records"),
    }
    return found


def thinned(values: Sequence[float], most: int) -> list[tuple[int, float]]:
    """(number from 1, value) of every n-th value, at most so many, the last among them."""
    numbered = list(enumerate(values, start=1))
    step = max(1, -(-len(numbered) // most))
    kept = numbered[::step]
    return kept if kept[-1:] == numbered[-1:] else [*kept, numbered[-1]]
