"""What is answered: strict JSON, in which a number that is none is null."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from reprise.evaluation.prediction import PREDICTED, probability_columns
from reprise.predictor import labels_of

_LONGEST_MESSAGE = 500


# Columns beside the predictions, by name.
Columns = Mapping[str, Any]


def invocation_response(
    outputs: np.ndarray, classes: list[Any] | None, wanted: str, extras: Columns
) -> bytes:
    """The response of /invocations to outputs of a model: its `predictions`.

    With `extras` they are records, of the prediction and these.
    """
    if extras:
        said = _plain(outputs) if classes is None else _labels(outputs, classes)
        found = _records({PREDICTED: said, **extras})
    elif classes is None:
        found = _plain(outputs)
    elif wanted == "prediction":
        found = _labels(outputs, classes)
    else:
        names = [str(label) for label in classes]
        found = [dict(zip(names, row, strict=True)) for row in _plain(outputs)]
    return _json({"predictions": found})


def records_response(
    outputs: np.ndarray, classes: list[Any] | None, _: str, extras: Columns
) -> bytes:
    """The response of /predict: a record for each row, named as `score` names its columns."""
    if classes is None:
        return _json(_records({PREDICTED: outputs, **extras}))
    by_class = dict(zip(probability_columns(classes), outputs.T, strict=True))
    return _json(_records({PREDICTED: _labels(outputs, classes), **by_class, **extras}))


def error_response(message: str, code: str) -> bytes:
    """An error as MLflow's servers spell it; a long message loses its end."""
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]} ..."
    return _json({"error_code": code, "message": message})


def _records(columns: Columns) -> list[dict[str, Any]]:
    lists = [
        _plain(values) if isinstance(values, np.ndarray) and values.dtype.kind == "f" else values
        for values in columns.values()
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _plain(outputs: np.ndarray) -> list[Any]:
    finite = np.isfinite(outputs)
    if finite.all():
        return outputs.tolist()
    found = outputs.astype(object)
    found[~finite] = None
    return found.tolist()


def _labels(outputs: np.ndarray, classes: list[Any]) -> list[Any]:
    """The most probable label of each row; None where its probabilities are no numbers."""
    labels = labels_of(outputs, classes).tolist()
    known = np.isfinite(outputs).all(axis=1)
    if known.all():
        return labels
    return [label if sure else None for label, sure in zip(labels, known, strict=True)]


def _json(content: Any) -> bytes:
    return json.dumps(content, allow_nan=False).encode()
