"""Many runs that have ended already, recorded at once: MLflow has calls for one at a time only."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import mlflow
from mlflow.entities import DatasetInput, Metric, Param, Run
from mlflow.store.tracking.dbmodels import models
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME, MLFLOW_USER
from mlflow.utils.uri import append_to_uri_path

from reprise.lineage.store import patient

_AT_ONCE = 16


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
    store = client._tracking_client.store
    datasets = parent.inputs.dataset_inputs if parent.inputs else []
    if _is_database(store):
        patient(_insert)(store, parent, runs, datasets)
        return
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(lambda run: _log(client, parent, run, datasets), runs))


def _is_database(store: Any) -> bool:
    return hasattr(store, "ManagedSessionMaker")


def _log(client: Any, parent: Run, run: FinishedRun, datasets: list[DatasetInput]) -> None:
    """One run through MLflow's own calls."""
    found = client.create_run(
        parent.info.experiment_id, run.started, _tags_of(parent, run), run.name
    )
    run_id = found.info.run_id
    metrics = [Metric(name, value, run.ended, 0) for name, value in run.metrics.items()]
    params = [Param(name, value) for name, value in run.params.items()]
    client.log_batch(run_id, metrics=metrics, params=params)
    if datasets:
        client.log_inputs(run_id, datasets)
    client.set_terminated(run_id, run.status, run.ended)


def _tags_of(parent: Run, run: FinishedRun) -> dict[str, str]:
    user = parent.data.tags.get(MLFLOW_USER)
    return {
        **({MLFLOW_USER: user} if user else {}),
        MLFLOW_PARENT_RUN_ID: parent.info.run_id,
        MLFLOW_RUN_NAME: run.name,
        **run.tags,
    }


def _insert(
    store: Any, parent: Run, runs: Sequence[FinishedRun], datasets: list[DatasetInput]
) -> None:
    """The rows that MLflow's own calls would have left, in one transaction.

    A test compares the two, table by table.
    """
    experiment = store.get_experiment(parent.info.experiment_id)
    with store.ManagedSessionMaker(read_only=False) as session:
        known = _dataset_ids(session, parent, datasets)
        for run in runs:
            row = _run_row(experiment, parent, run)
            session.add(row)
            session.add_all(_metric_rows(row.run_uuid, run))
            session.add_all(_input_rows(row.run_uuid, known))


def _dataset_ids(
    session: Any, parent: Run, datasets: list[DatasetInput]
) -> list[tuple[str, list[Any]]]:
    """The ids of the parent's datasets, with the tags of each."""
    found = []
    for given in datasets:
        row = session.get(
            models.SqlDataset,
            (int(parent.info.experiment_id), given.dataset.name, given.dataset.digest),
        )
        found.append((row.dataset_uuid, given.tags))
    return found


def _run_row(experiment: Any, parent: Run, run: FinishedRun) -> models.SqlRun:
    run_id, tags = uuid.uuid4().hex, _tags_of(parent, run)
    return models.SqlRun(
        run_uuid=run_id,
        name=run.name,
        experiment_id=int(experiment.experiment_id),
        artifact_uri=append_to_uri_path(experiment.artifact_location, run_id, "artifacts"),
        source_type="UNKNOWN",
        source_name="",
        entry_point_name="",
        source_version="",
        user_id=tags.get(MLFLOW_USER, "unknown"),
        status=run.status,
        start_time=run.started,
        end_time=run.ended,
        lifecycle_stage="active",
        tags=[models.SqlTag(key=name, value=value) for name, value in tags.items()],
        params=[models.SqlParam(key=name, value=value) for name, value in run.params.items()],
    )


def _metric_rows(run_id: str, run: FinishedRun) -> Iterator[Any]:
    """Each metric twice: in its history, and as its latest value."""
    for name, value in run.metrics.items():
        for table in (models.SqlMetric, models.SqlLatestMetric):
            yield table(
                run_uuid=run_id, key=name, value=value, timestamp=run.ended, step=0, is_nan=False
            )


def _input_rows(run_id: str, datasets: list[tuple[str, list[Any]]]) -> Iterator[Any]:
    for dataset, tags in datasets:
        number = uuid.uuid4().hex
        yield models.SqlInput(
            input_uuid=number,
            source_type="DATASET",
            source_id=dataset,
            destination_type="RUN",
            destination_id=run_id,
        )
        for tag in tags:
            yield models.SqlInputTag(input_uuid=number, name=tag.key, value=tag.value)
