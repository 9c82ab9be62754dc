"""Many runs that have ended already, recorded at once: MLflow has calls for one at a time only."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import mlflow
from mlflow.entities import DatasetInput, Metric, Param, Run, RunStatus
from mlflow.store.tracking.dbmodels import models
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME, MLFLOW_USER
from mlflow.utils.uri import append_to_uri_path
from sqlalchemy import insert

from reprise.lineage.store import patient

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
    store = client._tracking_client.store
    datasets = parent.inputs.dataset_inputs if parent.inputs else []
    if _is_database(store):
        patient(_insert)(store, parent, runs, datasets)
        return
    here = urlsplit(client.tracking_uri).hostname in _HERE
    with ThreadPoolExecutor(_AT_ONCE_HERE if here else _AT_ONCE_AWAY) as threads:
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
    # Not client.set_terminated, which asks for the run once more, to print its address.
    client._tracking_client.store.update_run_info(
        run_id, RunStatus.from_string(run.status), run.ended, run_name=None
    )


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
    rows: dict[type, list[dict[str, Any]]] = {}
    with store.ManagedSessionMaker(read_only=False) as session:
        known = _dataset_ids(session, parent, datasets)
        for run in runs:
            for table, row in _rows(experiment, parent, run, known):
                rows.setdefault(table, []).append(row)
        for table, found in rows.items():
            session.execute(insert(table), found)


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


def _rows(
    experiment: Any, parent: Run, run: FinishedRun, datasets: list[tuple[str, list[Any]]]
) -> Iterator[tuple[type, dict[str, Any]]]:
    """What a run is in the database: tables, each before those that refer to it, and their rows."""
    run_id, tags = uuid.uuid4().hex, _tags_of(parent, run)
    yield (
        models.SqlRun,
        {
            "run_uuid": run_id,
            "name": run.name,
            "experiment_id": int(experiment.experiment_id),
            "artifact_uri": append_to_uri_path(experiment.artifact_location, run_id, "artifacts"),
            "source_type": "UNKNOWN",
            "source_name": "",
            "entry_point_name": "",
            "source_version": "",
            "user_id": tags.get(MLFLOW_USER, "unknown"),
            "status": run.status,
            "start_time": run.started,
            "end_time": run.ended,
            "lifecycle_stage": "active",
        },
    )
    for name, text in tags.items():
        yield models.SqlTag, {"run_uuid": run_id, "key": name, "value": text}
    for name, text in run.params.items():
        yield models.SqlParam, {"run_uuid": run_id, "key": name, "value": text}
    for name, value in run.metrics.items():
        row = {"run_uuid": run_id, "key": name, "value": value, "timestamp": run.ended, "step": 0}
        yield models.SqlMetric, {**row, "is_nan": False}
        yield models.SqlLatestMetric, {**row, "is_nan": False}
    for dataset, of_input in datasets:
        yield from _input_rows(run_id, dataset, of_input)


def _input_rows(
    run_id: str, dataset: str, tags: list[Any]
) -> Iterator[tuple[type, dict[str, Any]]]:
    number = uuid.uuid4().hex
    yield (
        models.SqlInput,
        {
            "input_uuid": number,
            "source_type": "DATASET",
            "source_id": dataset,
            "destination_type": "RUN",
            "destination_id": run_id,
        },
    )
    for tag in tags:
        yield models.SqlInputTag, {"input_uuid": number, "name": tag.key, "value": tag.value}
