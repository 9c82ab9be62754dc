"""Stores that a whole module of tests reads, and adds to."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import Run

from steps.command import execute_step


@dataclass(frozen=True)
class Store:
    """A store with runs that differ in known ways, by name."""

    uri: str
    experiment: str
    ids: dict[str, str] = field(default_factory=dict)


@contextmanager
def new_store(folder: Path, empty_store: Path) -> Iterator[Store]:
    """An empty store in `folder`, in which runs are made until the block ends."""
    shutil.copy(empty_store, folder / "mlflow.db")
    uri = f"sqlite:///{folder}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        mlflow.set_tracking_uri(uri)
        experiment = mlflow.create_experiment("steps", f"{folder}/mlruns")
        mlflow.set_experiment(experiment_id=experiment)
        yield Store(uri, experiment)


@pytest.fixture
def in_store(store: Store, own_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test read, and add to, the store of its module."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    mlflow.set_tracking_uri(store.uri)
    mlflow.set_experiment(experiment_id=store.experiment)


def newest() -> Run:
    """The latest run that is no part of another."""
    found = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=50)
    return next(run for run in found if "mlflow.parentRunId" not in run.data.tags)


def run(entry_point: str, **parameters: object) -> str:
    """The id of a run of a step, which must succeed."""
    arguments = [text for name, value in parameters.items() for text in (f"--{name}", str(value))]
    assert execute_step(entry_point, arguments) == 0
    return str(newest().info.run_id)


def forged(name: str, uri: str, folder: Path) -> str:
    """A version of an altered copy of a model's files that names the run of that model."""
    client = mlflow.MlflowClient()
    copy = folder / "copy"
    copy.mkdir()
    mlflow.artifacts.download_artifacts(uri, dst_path=str(copy))
    next(copy.rglob("loader.py")).write_text("raise OSError\n")
    client.create_registered_model(name)
    run_id = mlflow.models.get_model_info(uri).run_id
    version = client.create_model_version(name, next(copy.rglob("MLmodel")).parent.as_uri(), run_id)
    return f"models:/{name}/{version.version}"
