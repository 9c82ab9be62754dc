"""What is known of a fitted model beside its metrics, as JSON values that pictures are drawn from.

Steps record it where rows, predictions and libraries are at hand; pages are drawn from it alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reprise.evaluation import Prediction
from reprise.evidence import classification, regression
from reprise.evidence.dependence import partial_dependence
from reprise.evidence.segments import segments
from reprise.importance import Importance
from reprise.predictor import TabularModel
from reprise.schema import Schema

FILE = "evidence.json"
_MOST_IMPORTANT = 20
_MOST_EPOCHS = 200


def gather(
    schema: Schema,
    X: pd.DataFrame,
    y: pd.Series,
    prediction: Prediction,
    model: TabularModel,
    importance: Importance,
    curves: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    """What the predictions of these rows show, by the name of a picture.

    `curves` has the loss after each epoch, `loss` and `val_loss`, of what is trained by epochs.
    """
    of_task = regression if schema.task == "regression" else classification
    ordered = list(importance.table["column"])
    found = of_task.evidence(y, prediction)
    found["segments"] = segments(schema, X[ordered], y, prediction)
    found["importance"] = {
        "metric": importance.metric,
        "rows": importance.table.head(_MOST_IMPORTANT).to_dict("records"),
    }
    found["partial_dependence"] = partial_dependence(model, schema, X, ordered)
    if curves:
        sides = {"train": curves["loss"], "validation": curves["val_loss"]}
        found["losses"] = {name: thinned(values, _MOST_EPOCHS) for name, values in sides.items()}
        found["kept_epoch"] = int(np.argmin(curves["val_loss"])) + 1
    return found


def thinned(values: Sequence[float], most: int) -> list[tuple[int, float]]:
    """(number from 1, value) of every n-th value, at most so many, the last among them."""
    numbered = list(enumerate(values, start=1))
    step = max(1, -(-len(numbered) // most))
    kept = numbered[::step]
    return kept if kept[-1:] == numbered[-1:] else [*kept, numbered[-1]]
