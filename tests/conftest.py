"""Every test has its own tracking store, and no network."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import mlflow
import pytest
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore

from tests.workshop import Workshop, make_workshop

EXPERIMENT = "1"
# These have servers, containers or environments of which a machine has one: each is one group.
KINDS = ("env_manager", "containers", "servers", "browser")
# What takes longest begins first. Searches fork, and do not where TensorFlow has been imported:
# the tests that import it are one group, so of one worker, and begin beside the searches.
FIRST = (
    *("shop", "search", "keras"),
    *KINDS,
    *(f"tests/packaging/test_{name}.py" for name in ("tutorial", "examples")),
    *(f"tests/pipeline/test_{name}.py" for name in ("killed", "reproduce", "invalidation")),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test is in a group that one worker runs: the named one, else that of its file."""
    for item in items:
        for kind in KINDS:
            if item.get_closest_marker(kind):
                item.add_marker(pytest.mark.xdist_group(kind))
                item.add_marker("slow")
        if "shop" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("shop"))
            item.add_marker("slow")
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=_place)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Stop where pytest-xdist does not see the groups: it would mix them and say nothing."""
    together = getattr(session.config.option, "loadgroup", False)
    if together and not all("@" in item.nodeid for item in session.items):
        pytest.exit("pytest-xdist must keep groups on one worker: run `make clean test`", 3)


def _place(item: pytest.Item) -> int:
    group = item.get_closest_marker("xdist_group").args[0]
    return FIRST.index(group) if group in FIRST else len(FIRST)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite store without runs: migrating takes most of a second, copying nothing."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    client = mlflow.MlflowClient(f"sqlite:///{path}")
    assert client.create_experiment("test", "file:///nowhere") == EXPERIMENT
    return path


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh SQLite store under tmp_path, for this process and those it starts.

    MLflow does not open it before a test does: that takes longer than most tests.
    """
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store, store:
        place = (f"{tmp_path}/mlruns", EXPERIMENT)
        store.execute("UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?", place)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", EXPERIMENT)
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(uri)
    mlflow.tracking.fluent._active_experiment_id = None
    yield uri
    mlflow.end_run()
    mlflow.set_tracking_uri(None)
    mlflow.tracking.fluent._active_experiment_id = None
    for kind in (TrackingStore, RegistryStore):  # else every test leaves its database open
        while kind._engine_map:
            kind._engine_map.popitem()[1].dispose()


@pytest.fixture(scope="session", autouse=True)
def code_that_may_be_saved() -> Iterator[None]:
    """Steps run in the process of the tests, which go on while somebody edits the code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reprise.provenance.handed_source.files_changed_since", list)
        yield


@pytest.fixture(scope="session")
def made_workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return make_workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture
def workshop(
    own_store: str, made_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workshop]:
    """The store with cheap models, in use; a test registers under a name of its own."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", made_workshop.uri)
    mlflow.set_tracking_uri(made_workshop.uri)
    yield made_workshop
    mlflow.set_tracking_uri(own_store)
