"""Candidates: trained models that may be registered, the best of them, its test."""

from dataclasses import dataclass
from pathlib import PurePath

import mlflow
import numpy as np
from mlflow.entities import Run

from reprise.data.prepared_table import Part, PreparedTable, digest_of
from reprise.errors import RepriseError
from reprise.evaluation.coverage import Coverage, coverage_of
from reprise.evaluation.metrics import evaluate, is_better
from reprise.evaluation.prediction import Prediction, predict
from reprise.formatting import listed
from reprise.inference.load import unwrapped
from reprise.predictor import TabularModel
from reprise.provenance.model_files import ModelFiles, held
from reprise.provenance.output_files import changed_file, log_files
from reprise.tracking.artifacts import log_contents
from reprise.tracking.contract import (
    CANDIDATE_TAG,
    FAMILY_TAG,
    INPUT_TABLE_TAG,
    MODEL,
    MODEL_DIGEST_TAG,
    MODEL_ID_TAG,
    TEST_PREDICTIONS,
)
from reprise.tracking.runs import active_run, named_run
from reprise.tracking.uris import is_version_uri, run_uri


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
    def fitted_again_on(self) -> str:
        """`train+validation` for a model that was fitted again on these rows, else `none`."""
        return "none" if self.refitted_by is None else "train+validation"

    @property
    def digest(self) -> str:
        """Digest of the model."""
        return str(self.holder.data.tags[MODEL_DIGEST_TAG])

    @property
    def family(self) -> str:
        """The family it belongs to."""
        return str(self.run.data.tags[FAMILY_TAG])


@dataclass(frozen=True)
class Tested:
    """What a candidate says of the test part, and its metrics there, named test_<metric>.

    `coverage` is what its bounds hold there, None where it has none; the metrics have it too.
    """

    metrics: dict[str, float]
    part: Part
    prediction: Prediction
    coverage: Coverage | None = None


def find_candidates(candidates: str) -> list[Candidate]:
    """The candidates in a comma-separated list of run ids and model URIs.

    Raises RepriseError for one that does not exist or was not trained by this project.
    """
    names = [name.strip() for name in candidates.split(",") if name.strip()]
    if not names:
        raise RepriseError("candidates must name at least one run or model, got nothing: give one")
    return [_find_candidate(name) for name in names]


def _find_candidate(name: str) -> Candidate:
    run = named_run(name, "candidates")
    if FAMILY_TAG not in run.data.tags or MODEL_ID_TAG not in run.data.tags:
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
    registered = is_version_uri(name)
    if name.startswith("models:/"):
        _check_model(name, run)
    uri = run_uri(run.info.run_id, MODEL)
    trained = run.data.tags.get(CANDIDATE_TAG)
    if trained is None:
        return Candidate(run, uri, registered)
    return Candidate(_trained(trained, name), uri, registered, refitted_by=run)


def _check_model(uri: str, run: Run) -> None:
    """Raise RepriseError where a model that is named has other files than that of its run."""
    found = held(uri, ModelFiles.behind(uri))
    if found.wrong or found.run_id != run.info.run_id:
        wrong = listed(found.wrong) or f"files are of run {found.run_id}"
        raise RepriseError(
            f"candidates must be models as their run left them, got '{uri}' whose {wrong} (run "
            f"{run.info.run_id}): give the run itself, or another model"
        )


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
        if candidate.run.data.tags.get(INPUT_TABLE_TAG) != expected:
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
    return measure(unwrapped(candidate.uri)[0], table)


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
    roles = {name: column.role for name, column in table.schema.columns.items()}
    held = coverage_of(model, roles, part.X, part.y, prediction)
    if held is not None:
        metrics = metrics | held.metrics
    named = {f"test_{name}": value for name, value in metrics.items()}
    return Tested(named, part, prediction, held)


def log_tested(tested: Tested) -> None:
    """Log the predictions of the test part, and seal them beside the model that made them."""
    table = tested.prediction.to_frame(tested.part.y)
    log_contents({TEST_PREDICTIONS: table.to_parquet(None, index=False)})
    run = mlflow.get_run(active_run().info.run_id)
    model = [MODEL] if MODEL_ID_TAG in run.data.tags else []
    log_files(*model, str(PurePath(TEST_PREDICTIONS).parent))
