"""Candidates: trained models that may be registered, the best of them, its test."""

from dataclasses import dataclass

import mlflow
import numpy as np
from mlflow.entities import Run

from reprise.errors import RepriseError
from reprise.evaluation import Prediction, evaluate, is_better, predict
from reprise.lineage.files import changed_file
from reprise.lineage.uris import is_model_uri, is_run_id, run_uri
from reprise.packaging import NAME
from reprise.predictor import TabularModel
from reprise.table import Part, PreparedTable, digest_of

TEST_PREDICTIONS = "predictions/test.parquet"


@dataclass(frozen=True)
class Candidate:
    """A trained model that may be registered, with its run.

    Where it was fitted again, `uri` is the refitted model and `refitted_by` the run that has it;
    `run` is still the one that says how good it is on validation rows. A candidate that is named
    as a `registered` version is that very model.
    """

    run: Run
    uri: str
    registered: bool = False
    refitted_by: Run | None = None

    @property
    def run_id(self) -> str:
        """The id of the run that trained it."""
        return str(self.run.info.run_id)

    @property
    def holder(self) -> Run:
        """The run that has the model."""
        return self.refitted_by or self.run

    @property
    def digest(self) -> str:
        """Digest of the model."""
        return str(self.holder.data.tags["reprise.digest.model"])

    @property
    def family(self) -> str:
        """The family it belongs to."""
        return str(self.run.data.tags["reprise.family"])


@dataclass(frozen=True)
class Tested:
    """What a candidate says of the test part, and its metrics there, named test_<metric>."""

    metrics: dict[str, float]
    part: Part
    prediction: Prediction


def find_candidates(candidates: str) -> list[Candidate]:
    """The candidates in a comma-separated list of run ids and model URIs.

    Raises RepriseError for one that does not exist or was not trained by this project.
    """
    names = [name.strip() for name in candidates.split(",") if name.strip()]
    if not names:
        raise RepriseError("candidates must name at least one run or model, got nothing: give one")
    return [_find_candidate(name) for name in names]


def _find_candidate(name: str) -> Candidate:
    if not (is_run_id(name) or is_model_uri(name)):
        raise RepriseError(
            f"candidates must be run ids or runs:/ and models:/ URIs, got '{name}': correct it"
        )
    try:
        run_id = name if is_run_id(name) else mlflow.models.get_model_info(name).run_id
        run = mlflow.get_run(run_id)
    except (mlflow.MlflowException, OSError):
        raise RepriseError(
            f"candidates must exist, got '{name}', not found in {mlflow.get_tracking_uri()}: "
            "check the id"
        ) from None
    if "reprise.family" not in run.data.tags or "reprise.model_id" not in run.data.tags:
        made_by = run.data.tags.get("mlflow.project.entryPoint", "another program")
        raise RepriseError(
            f"candidates must be runs of train_*, tune or ensemble, got '{name}' made by "
            f"{made_by}: give the run of a trained model"
        )
    if run.info.status != "FINISHED":
        raise RepriseError(
            f"candidates must be finished runs, got '{name}' which is {run.info.status}: "
            "run that step again"
        )
    registered = name.startswith("models:/") and any(sign in name[8:] for sign in "/@")
    uri = run_uri(run.info.run_id, NAME)
    trained = run.data.tags.get("reprise.candidate")
    if trained is None:
        return Candidate(run, uri, registered)
    return Candidate(_trained(trained, name), uri, registered, refitted_by=run)


def _trained(run_id: str, name: str) -> Run:
    """The run that trained what another run has fitted again."""
    try:
        return mlflow.get_run(run_id)
    except mlflow.MlflowException:
        raise RepriseError(
            f"candidates must have the run that trained them, got '{name}', fitted again from "
            f"run {run_id}, which is gone: give another"
        ) from None


def best_candidate(candidates: list[Candidate], metric: str, table: PreparedTable) -> Candidate:
    """The candidate with the best validation metric; the first of equals.

    Raises RepriseError where one was trained on another table, for their values do not compare.
    """
    expected = digest_of(table.schema)
    best, best_value = candidates[0], np.nan
    for candidate in candidates:
        if candidate.run.data.tags.get("reprise.input.table") != expected:
            raise RepriseError(
                f"candidates must be trained on '{table.uri}', got run {candidate.run_id} trained "
                "on another table: give the table it was trained on"
            )
        value = candidate.run.data.metrics.get(f"validation_{metric}", np.nan)
        if is_better(metric, value, best_value):
            best, best_value = candidate, value
    return best


def open_test_part(candidate: Candidate, table: PreparedTable) -> Tested:
    """Measure a candidate on the test part.

    Raises RepriseError where a file of the candidate is not as its step left it.
    """
    check_files(candidate)
    return measure(load(candidate.uri), table)


def check_files(candidate: Candidate) -> None:
    """Raise RepriseError where a file of the candidate is not as its step left it."""
    for run in {run.info.run_id: run for run in (candidate.run, candidate.holder)}.values():
        if (changed := changed_file(run)) is not None:
            raise RepriseError(
                f"candidates must be as their step left them, got run {run.info.run_id} whose "
                f"{changed}: run that step again"
            )


def measure(model: TabularModel, table: PreparedTable) -> Tested:
    """Measure a model on the test part."""
    part = table.read("test")
    prediction = predict(model, part.X)
    metrics = evaluate(table.schema.task, part.y, prediction)
    return Tested({f"test_{name}": value for name, value in metrics.items()}, part, prediction)


def load(uri: str) -> TabularModel:
    """The model behind a URI."""
    return mlflow.pyfunc.load_model(uri).unwrap_python_model().model
