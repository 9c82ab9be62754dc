"""What is answered: strict JSON, in which a number that is none is null."""

import json
from typing import Any

import numpy as np

from reprise.evaluation.prediction import PREDICTED, probability_columns
from reprise.predictor import labels_of

_LONGEST_MESSAGE = 500


def invocation_response(outputs: np.ndarray, classes: list[Any] | None, wanted: str) -> bytes:
    """The response of /invocations to outputs of a model: its `predictions`."""
    if classes is None:
        found = _plain(outputs)
    elif wanted == "prediction":
        found = _labels(outputs, classes)
    else:
        names = [str(label) for label in classes]
        found = [dict(zip(names, row, strict=True)) for row in _plain(outputs)]
    return _json({"predictions": found})


def records_response(outputs: np.ndarray, classes: list[Any] | None, _: str = "") -> bytes:
    """The response of /predict: a record for each row, named as `score` names its columns."""
    if classes is None:
        return _json([{PREDICTED: value} for value in _plain(outputs)])
    names = probability_columns(classes)
    pairs = zip(_labels(outputs, classes), _plain(outputs), strict=True)
    return _json([{PREDICTED: label, **dict(zip(names, row, strict=True))} for label, row in pairs])


def error_response(message: str, code: str) -> bytes:
    """An error as MLflow's servers spell it; a long message loses its end."""
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]} ..."
    return _json({"error_code": code, "message": message})


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
