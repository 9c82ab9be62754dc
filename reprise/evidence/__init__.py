"""What is known of a fitted model beside its metrics, as JSON values that pictures are drawn from.

Steps record it where rows, predictions and libraries are at hand; pages are drawn from it alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reprise.evaluation import Prediction
from reprise.evidence import classification, regression
from reprise.evidence.dependence import partial_dependence
from reprise.evidence.segments import segments
from reprise.importance import Importance
from reprise.predictor import TabularModel
from reprise.schema import Schema
from reprise.table import Part

FILE = "evidence.json"
_MOST_IMPORTANT = 20
_MOST_EPOCHS = 200


def of_model(
    schema: Schema,
    part: Part,
    prediction: Prediction,
    model: TabularModel,
    importance: Importance,
    curves: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    """What a model and its prediction of a part show, by the name of a picture.

    `curves` has the loss after each epoch, `loss` and `val_loss`, of what is trained by epochs.
    """
    ordered = list(importance.table["column"])
    found = of_prediction(schema, part, prediction, importance)
    found["partial_dependence"] = partial_dependence(model, schema, part.X, ordered)
    if curves:
        sides = {"train": curves["loss"], "validation": curves["val_loss"]}
        found["losses"] = {name: thinned(values, _MOST_EPOCHS) for name, values in sides.items()}
        found["kept_epoch"] = int(np.argmin(curves["val_loss"])) + 1
    return found


def of_prediction(
    schema: Schema, part: Part, prediction: Prediction, importance: Importance | None
) -> dict[str, Any]:
    """What the prediction of a part shows, with the importance of its columns where it is known."""
    of_task = regression if schema.task == "regression" else classification
    found = of_task.evidence(part.y, prediction)
    if importance is None:
        return found | {"segments": segments(schema, part.X, part.y, prediction)}
    ordered = list(importance.table["column"])
    found["segments"] = segments(schema, part.X[ordered], part.y, prediction)
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
