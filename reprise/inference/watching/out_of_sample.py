"""What a model said of rows that it had not learned from, when it was made."""

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import Run

from reprise.errors import RepriseError
from reprise.evaluation.prediction import ACTUAL, PREDICTED, Prediction
from reprise.inference.load import LoadedModel
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import CERTIFICATE_TAG, PREDICTIONS, TEST_PREDICTIONS
from reprise.tracking.runs import registered_version
from reprise.tracking.uris import parse_run_uri

_MOST_CLASSES = 10


@dataclass(frozen=True)
class OutOfSample:
    """Targets and predictions of the `part`: test of a registered model, validation of others."""

    part: str
    y: pd.Series
    prediction: Prediction


def out_of_sample(loaded: LoadedModel) -> OutOfSample | None:
    """The test part's predictions, else the validation part's; None where no run has them."""
    for run in _runs(loaded):
        for part, name in (("test", TEST_PREDICTIONS), ("validation", PREDICTIONS)):
            content = read_bytes(run, name)
            if content is not None:
                table = pd.read_parquet(io.BytesIO(content))
                prediction = Prediction.from_frame(table, loaded.model.classes)
                return OutOfSample(part, table[ACTUAL], prediction)
    return None


def _runs(loaded: LoadedModel) -> Iterator[Run]:
    """The run that registered a version, then the one that trained the model."""
    ids = []
    version = registered_version(loaded.uri)
    if version is not None and CERTIFICATE_TAG in version.tags:
        with suppress(RepriseError):
            ids.append(parse_run_uri(version.tags[CERTIFICATE_TAG])[0])
    if loaded.run_id is not None:
        ids.append(loaded.run_id)
    for run_id in dict.fromkeys(ids):
        with suppress(mlflow.MlflowException):
            yield mlflow.get_run(run_id)


def numbers_of(prediction: Prediction) -> dict[str, np.ndarray]:
    """The numbers of a prediction by name: predicted values, or probabilities of classes.

    Of two classes that is the second; of many the first ten.
    """
    if prediction.classes is None:
        return {PREDICTED: prediction.values}
    named = list(prediction.by_class.items())
    return dict(named[1:] if len(named) == 2 else named[:_MOST_CLASSES])
