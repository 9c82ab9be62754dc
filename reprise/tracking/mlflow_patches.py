"""Whatever reaches into MLflow or skops, past what they promise: what, why, and what it saves.

A small main is `mlflow run . -P models=elasticnet -P tune_model=none`, its processes warm: 4.2 s of
processor time in its jobs, two models logged. A new release may move any of this: a test each
fails where it has, and where MLflow or skops has come to do without.
"""

import inspect
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import mlflow
from mlflow.entities import LoggedModelStatus, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.store.tracking.dbmodels import models
from sqlalchemy import insert


def active_experiment() -> str:
    """The id of the experiment that a new run would go to, made where it is new.

    MLflow says so only by starting a run. Saves nothing but its rules (names, ids, variables,
    the default), which a copy would fall behind.
    """
    return str(mlflow.tracking.fluent._get_experiment_id())


def wrap_database_calls(
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]], mark: str
) -> None:
    """Have every call of MLflow's database stores go through `wrap`, which sets `mark` on it.

    MLflow retries requests to a server, but no statement: a database that is away for a second
    ends the run. Saves no time, but the run. Some calls, such as `search_runs`, are those of the
    stores' own base.
    """
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking

    for store in (Tracking, Registry):
        for name in dir(store):
            method = inspect.getattr_static(store, name)
            asks = inspect.isfunction(method) and (name == "__init__" or not name.startswith("_"))
            if asks and not hasattr(method, mark):
                setattr(store, name, wrap(method))


@contextmanager
def no_trial_prediction() -> Iterator[None]:
    """Have MLflow log a model without loading it for a first prediction of its example.

    What it would find is only a line in the log. Saves 0.15 s of processor time a model, the more
    the larger it is: 7 % of a small main.
    """
    from mlflow.models import utils

    original, utils._validate_serving_input = utils._validate_serving_input, lambda **_: None
    try:
        yield
    finally:
        utils._validate_serving_input = original


@contextmanager
def schema_in_one_line() -> Iterator[None]:
    """Have skops write its JSON in one line: with indentation Python's slow encoder writes it.

    A pipeline of 10 columns has 8 MB of JSON, most of it spaces; each column adds as much. Saves
    0.33 s of processor time a model: 16 % of a small main.
    """
    from skops.io import _persist

    encoder = SimpleNamespace(dumps=lambda state, **_: json.dumps(state, separators=(",", ":")))
    original, _persist.json = _persist.json, encoder
    try:
        yield
    finally:
        _persist.json = original


def list_packages() -> None:
    """Have MLflow list what is installed, which each process that logs a model asks for.

    Jobs that are forked later have the list already. Saves 0.25 s of processor time a model: 12 %
    of a small main.
    """
    from mlflow.utils.requirements_utils import _init_packages_to_modules_map

    _init_packages_to_modules_map()


def read_migrations() -> None:
    """Have MLflow look once for the newest revision of its tables, not at each store it opens.

    It loads all of its 60 migrations for that, for the tracking store and for the registry. Jobs
    that are forked later know it already. Saves 0.03 s of processor time a store: 4 % of a small
    main.
    """
    from mlflow.store.db import utils

    if not hasattr(utils._get_latest_schema_revision, "cache_info"):
        utils._get_latest_schema_revision = cache(utils._get_latest_schema_revision)
    utils._get_latest_schema_revision()


def is_database(client: mlflow.MlflowClient) -> bool:
    """Whether the store of this client is a database, rather than a server."""
    return hasattr(client._tracking_client.store, "ManagedSessionMaker")


def insert_runs(client: mlflow.MlflowClient, runs: Sequence[Run]) -> None:
    """Write runs that are over into the database: the rows that MLflow's own calls would leave.

    All of them in one transaction: MLflow has calls for one run at a time only. Saves 46 statements
    and 8 commits a run, 30 ms of processor time: of 20 trials 0.6 s. The datasets of their inputs
    must be known to the database.
    """
    rows: dict[type, list[dict[str, Any]]] = {}
    with client._tracking_client.store.ManagedSessionMaker(read_only=False) as session:
        for run in runs:
            for table, row in _rows(session, run):
                rows.setdefault(table, []).append(row)
        for table, found in rows.items():
            session.execute(insert(table), found)


def _rows(session: Any, run: Run) -> Iterator[tuple[type, dict[str, Any]]]:
    """What a run is in the database: tables, each before those that refer to it, and their rows."""
    info = run.info
    yield (
        models.SqlRun,
        {
            "run_uuid": info.run_id,
            "name": info.run_name,
            "experiment_id": int(info.experiment_id),
            "artifact_uri": info.artifact_uri,
            "source_type": "UNKNOWN",
            "source_name": "",
            "entry_point_name": "",
            "source_version": "",
            "user_id": info.user_id,
            "status": info.status,
            "start_time": info.start_time,
            "end_time": info.end_time,
            "lifecycle_stage": info.lifecycle_stage,
        },
    )
    of_run = {"run_uuid": info.run_id}
    for name, text in run.data.tags.items():
        yield models.SqlTag, {**of_run, "key": name, "value": text}
    for name, text in run.data.params.items():
        yield models.SqlParam, {**of_run, "key": name, "value": text}
    for name, value in run.data.metrics.items():
        point = {"value": value, "timestamp": info.end_time, "step": 0, "is_nan": False}
        yield models.SqlMetric, {**of_run, "key": name, **point}
        yield models.SqlLatestMetric, {**of_run, "key": name, **point}
    yield from _input_rows(session, run)


def _input_rows(session: Any, run: Run) -> Iterator[tuple[type, dict[str, Any]]]:
    for given in run.inputs.dataset_inputs if run.inputs else ():
        number, dataset = uuid.uuid4().hex, given.dataset
        # The session has it at hand from the second run on.
        known = session.get(
            models.SqlDataset, (int(run.info.experiment_id), dataset.name, dataset.digest)
        )
        yield (
            models.SqlInput,
            {
                "input_uuid": number,
                "source_type": "DATASET",
                "source_id": known.dataset_uuid,
                "destination_type": "RUN",
                "destination_id": run.info.run_id,
            },
        )
        for tag in given.tags:
            yield models.SqlInputTag, {"input_uuid": number, "name": tag.key, "value": tag.value}


def insert_model(client: mlflow.MlflowClient, run: Run, model_id: str, place: str) -> None:
    """Write a logged model that lies at a place into the database, by the id that it has.

    MLflow gives each a new id. Saves nothing, but the id that runs name it by.
    """
    with client._tracking_client.store.ManagedSessionMaker(read_only=False) as session:
        session.add(
            models.SqlLoggedModel(
                model_id=model_id,
                experiment_id=int(run.info.experiment_id),
                name="model",
                artifact_location=place,
                creation_timestamp_ms=run.info.end_time,
                last_updated_timestamp_ms=run.info.end_time,
                status=LoggedModelStatus.READY.to_int(),
                source_run_id=run.info.run_id,
            )
        )


def insert_version(
    client: mlflow.MlflowClient, version: ModelVersion, place: str, tags: Mapping[str, str]
) -> None:
    """Write a version of a registered model that lies at a place into the database.

    MLflow numbers them from 1. Saves nothing, but the number that certificates name it by.
    """
    from mlflow.store.model_registry.dbmodels import models as registry

    key = {"name": version.name, "version": int(version.version)}
    client.create_registered_model(version.name)
    with client._get_registry_client().store.ManagedSessionMaker(read_only=False) as session:
        session.add(registry.SqlModelVersion(**key, source=place, run_id=version.run_id))
        session.flush()
        for name, text in tags.items():
            session.add(registry.SqlModelVersionTag(**key, key=name, value=text))
