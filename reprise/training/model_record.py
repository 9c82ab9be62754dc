"""What a fit leaves on its run: everything there is to log of a model, and the one place that does.

A model, a blend and a model that was fitted again are each made into a `ModelRecord` first, a value
that nothing has been written of yet.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import mlflow
import pandas as pd
from mlflow.entities import Metric, Run

from reprise.data.prepared_table import digest_of
from reprise.data.schema import Schema
from reprise.evaluation import evidence
from reprise.provenance.output_files import log_files
from reprise.reports.model_documents import documents
from reprise.reports.model_page import ModelFacts
from reprise.tracking import descriptions
from reprise.tracking.artifacts import log_contents
from reprise.tracking.contract import (
    DIGEST_PREFIX,
    EVIDENCE,
    FAMILY_TAG,
    IMPORTANCE,
    INPUT_TABLE_TAG,
    MODEL,
    MODEL_ID_TAG,
    PREDICTIONS,
)
from reprise.tracking.runs import active_run
from reprise.tracking.uris import run_uri
from reprise.training.conformal_scores import conformal_of, digest_conformal
from reprise.training.model_package import Contents, files_of, log_model
from reprise.training.train import Trained

# MLflow takes at most as many in one call.
_MOST_METRICS = 1000


@dataclass(frozen=True)
class ModelRecord:
    """A model and what its run will say of it.

    `rows` are some of a table of this `schema`, `digests` those of its outputs by name,
    `documents` the content of artifacts by theirs, `curves` the values of a metric after each
    epoch. The run's note is of the `facts`, where there are any, and begins with what is `told`.
    """

    contents: Contents
    schema: Schema
    rows: pd.DataFrame
    metrics: Mapping[str, float]
    digests: Mapping[str, str]
    facts: ModelFacts | None = None
    told: Sequence[str] = ()
    documents: Mapping[str, bytes] = field(default_factory=dict)
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def record_trained(trained: Trained, schema: Schema, *told: str) -> ModelRecord:
    """What train_* and tune leave of a fitted model; what is `told` stands first in the note."""
    family, validation = trained.family, trained.validation
    found = evidence.of_model(
        schema, validation, trained.prediction, trained.model, trained.curves, trained.seed
    )
    made_of = "Hyperparameters", trained.hyperparameters
    facts = ModelFacts(family.title, schema, trained.metrics, made_of, trained.seconds)
    conformal = conformal_of(schema.task, validation, trained.prediction, trained.seed)
    contents = Contents(
        family.name,
        files_of(trained.fitted),
        trained.fitted.classes,
        [trained.recipe.to_json()],
        params=trained.hyperparameters,
        reference=trained.reference,
        conformal=conformal,
    )
    return ModelRecord(
        contents,
        schema,
        validation.X,
        {**trained.metrics, "fit_seconds": trained.seconds},
        {**trained.digests, "conformal": digest_conformal(conformal)},
        facts,
        told,
        documents(facts, found),
        trained.curves,
    )


def log_record(record: ModelRecord, *logged_before: str) -> str:
    """Log all of a record to the active run; return the URI of the model.

    What is read back is recorded with its sha256: of the documents those that other steps and
    pages go by, and what the run has `logged_before` of that kind.
    """
    run = active_run()
    logged = log_model(record.contents, record.schema, record.rows)
    metrics = {**record.metrics, "model_bytes": logged.size}
    mlflow.log_metrics(metrics, model_id=logged.model_id)
    log_contents(record.documents)
    mlflow.set_tags(
        {
            **{f"{DIGEST_PREFIX}{name}": value for name, value in record.digests.items()},
            **_note(run, record),
            **record.tags,
            INPUT_TABLE_TAG: digest_of(record.schema),
            FAMILY_TAG: record.contents.family,
            MODEL_ID_TAG: logged.model_id,
        }
    )
    _log_curves(run, record.curves)
    read_back = (name for name in (PREDICTIONS, EVIDENCE, IMPORTANCE) if name in record.documents)
    log_files(MODEL, *(PurePath(name).parts[0] for name in read_back), *logged_before)
    return run_uri(run.info.run_id, MODEL)


def _note(run: Run, record: ModelRecord) -> Mapping[str, str]:
    facts = record.facts
    if facts is None:
        return {}
    return descriptions.trained(run, facts.title, facts.metrics, facts.made_of[1], *record.told)


def _log_curves(run: Run, curves: Mapping[str, Sequence[float]]) -> None:
    """Log each curve as a metric of a run with the epoch, from 1, as its step."""
    now = int(1000 * time.time())
    points = [
        Metric(f"epoch_{name}", value, now, epoch)
        for name, values in curves.items()
        for epoch, value in enumerate(values, start=1)
    ]
    for start in range(0, len(points), _MOST_METRICS):
        batch = points[start : start + _MOST_METRICS]
        mlflow.MlflowClient().log_batch(run.info.run_id, metrics=batch)
