"""Many runs that have ended already, recorded at once: MLflow has calls for one at a time only."""

import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import mlflow
from mlflow.entities import (
    DatasetInput,
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunTag,
)
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME, MLFLOW_USER
from mlflow.utils.uri import append_to_uri_path

from reprise.tracking.mlflow_patches import insert_runs, is_database
from reprise.tracking.store import patient

# More than two make a server on this machine slower; one further away is mostly waited for.
_AT_ONCE_HERE, _AT_ONCE_AWAY = 2, 8
_HERE = (None, "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class FinishedRun:
    """A run that is over: `status` FINISHED or FAILED, times in milliseconds since the epoch.

    Metrics are finite.
    """

    name: str
    status: str
    started: int
    ended: int
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str] = field(default_factory=dict)


def log_finished_runs(parent: Run, runs: Sequence[FinishedRun]) -> None:
    """Record `runs` as children of `parent`, with its dataset inputs as theirs.

    In a database they are one transaction: all of them are there, or none. Through a server, each
    is RUNNING for a moment, and a few are on their way at once.
    """
    client = mlflow.MlflowClient()
    datasets = parent.inputs.dataset_inputs if parent.inputs else []
    if is_database(client):
        place = client.get_experiment(parent.info.experiment_id).artifact_location
        patient(insert_runs)(client, [_entity(parent, run, datasets, place) for run in runs])
        return
    here = urlsplit(client.tracking_uri).hostname in _HERE
    with ThreadPoolExecutor(_AT_ONCE_HERE if here else _AT_ONCE_AWAY) as threads:
        list(threads.map(lambda run: _log(client, parent, run, datasets), runs))


def _log(
    client: mlflow.MlflowClient, parent: Run, run: FinishedRun, datasets: list[DatasetInput]
) -> None:
    """One run through MLflow's own calls."""
    tags = _tags_of(parent, run)
    found = client.create_run(parent.info.experiment_id, run.started, tags, run.name)
    run_id = found.info.run_id
    client.log_batch(run_id, metrics=_metrics(run), params=_params(run))
    if datasets:
        client.log_inputs(run_id, datasets)
    client.set_terminated(run_id, run.status, run.ended)


def _entity(parent: Run, run: FinishedRun, datasets: list[DatasetInput], place: str) -> Run:
    """The run as MLflow has it, in an experiment whose artifacts are at `place`."""
    run_id, tags = uuid.uuid4().hex, _tags_of(parent, run)
    info = RunInfo(
        run_id,
        parent.info.experiment_id,
        tags.get(MLFLOW_USER, "unknown"),
        run.status,
        run.started,
        run.ended,
        LifecycleStage.ACTIVE,
        append_to_uri_path(place, run_id, "artifacts"),
        run_name=run.name,
    )
    labels = [RunTag(name, text) for name, text in tags.items()]
    return Run(info, RunData(_metrics(run), _params(run), labels), RunInputs(datasets))


def _metrics(run: FinishedRun) -> list[Metric]:
    return [Metric(name, value, run.ended, 0) for name, value in run.metrics.items()]


def _params(run: FinishedRun) -> list[Param]:
    return [Param(name, value) for name, value in run.params.items()]


def _tags_of(parent: Run, run: FinishedRun) -> dict[str, str]:
    user = parent.data.tags.get(MLFLOW_USER)
    return {
        **({MLFLOW_USER: user} if user else {}),
        MLFLOW_PARENT_RUN_ID: parent.info.run_id,
        MLFLOW_RUN_NAME: run.name,
        **run.tags,
    }
