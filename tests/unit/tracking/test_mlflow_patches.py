"""What reaches into MLflow and skops: that it works, and that it is needed."""

import inspect
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import skops.io
from mlflow.entities import Run
from mlflow.models import infer_signature
from mlflow.store.db import utils
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking
from mlflow.utils import requirements_utils
from sklearn.preprocessing import StandardScaler
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from reprise.tracking import bulk_runs, mlflow_patches
from reprise.tracking.bulk_runs import FinishedRun, log_finished_runs
from reprise.tracking.store import patient

# As MLflow has it, whoever has had it looked up once by now.
revision_looked_up = inspect.unwrap(utils._get_latest_schema_revision)

MODEL = """
import mlflow
from pathlib import Path

class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        Path("predicted").touch()
        return [0.0] * len(model_input)

mlflow.models.set_model(Model())
"""


def test_a_new_run_goes_to_the_experiment_that_is_named(monkeypatch):
    assert mlflow_patches.active_experiment() == mlflow.get_experiment_by_name("test").experiment_id
    monkeypatch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "new")
    found = mlflow_patches.active_experiment()
    with mlflow.start_run() as run:
        assert run.info.experiment_id == found
    assert mlflow.get_experiment(found).name == "new"


def test_mlflow_says_nowhere_else_which_experiment_that_is():
    told = [name for name in dir(mlflow) if "experiment_id" in name or "active_exper" in name]
    assert told == []


@pytest.fixture
def unwrapped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """MLflow's stores as they are, whatever was wrapped around them before; and so afterwards."""
    for store in (Tracking, Registry):
        for name, method in list(vars(store).items()):
            if hasattr(method, "patient"):
                monkeypatch.setattr(store, name, method.__wrapped__)
    before = {store: dict(vars(store)) for store in (Tracking, Registry)}
    yield
    for store, methods in before.items():
        for name, method in list(vars(store).items()):
            if name not in methods:
                delattr(store, name)
            elif methods[name] is not method:
                setattr(store, name, methods[name])


@contextmanager
def away() -> Iterator[None]:
    """The first statement fails, as where the database is away."""
    failed = []

    def fail(*_: object) -> None:
        if not failed:
            failed.append(True)
            raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))

    event.listen(Engine, "before_cursor_execute", fail)
    yield
    event.remove(Engine, "before_cursor_execute", fail)
    assert failed


@pytest.fixture
def away_once() -> Iterator[None]:
    with away():
        yield


@pytest.mark.usefixtures("unwrapped", "away_once")
def test_mlflow_does_not_wait_for_a_database_that_is_away():
    with pytest.raises(
        (mlflow.MlflowException, OperationalError), match="server closed the connection"
    ):
        mlflow.get_experiment("0")


@pytest.mark.usefixtures("unwrapped")
def test_a_search_of_runs_waits_too_which_the_stores_have_from_their_base(monkeypatch):
    monkeypatch.setattr("reprise.tracking.store._FIRST_PAUSE_SECONDS", 0.0)
    mlflow_patches.wrap_database_calls(patient, "patient")
    mlflow.get_experiment("0")  # the store is open then
    with away():
        assert mlflow.MlflowClient().search_runs(["1"]) == []


@pytest.mark.usefixtures("unwrapped", "away_once")
def test_calls_to_a_database_go_through_what_is_wrapped_around_them(monkeypatch):
    monkeypatch.setattr("reprise.tracking.store._FIRST_PAUSE_SECONDS", 0.0)
    mlflow_patches.wrap_database_calls(patient, "patient")
    once = vars(Tracking)["get_experiment"]
    mlflow_patches.wrap_database_calls(patient, "patient")
    assert vars(Tracking)["get_experiment"] is once
    assert mlflow.get_experiment("0").name == "Default"
    assert hasattr(vars(Registry)["get_model_version"], "patient")


def log_small_model() -> None:
    Path("model.py").write_text(MODEL)
    example = pd.DataFrame({"x": [1.0, 2.0]})
    with mlflow.start_run():
        mlflow.pyfunc.log_model(
            name="model",
            python_model="model.py",
            input_example=example,
            signature=infer_signature(example, np.zeros(2)),
            pip_requirements=["mlflow"],
        )


def test_a_model_is_logged_without_a_trial_which_mlflow_would_make():
    with mlflow_patches.no_trial_prediction():
        log_small_model()
    assert not Path("predicted").exists()
    log_small_model()
    assert Path("predicted").exists()


def test_a_model_is_logged_with_the_list_of_packages_which_mlflow_would_make(monkeypatch):
    listed = []
    real = requirements_utils.importlib_metadata.packages_distributions
    monkeypatch.setattr(
        requirements_utils.importlib_metadata,
        "packages_distributions",
        lambda: listed.append(True) or real(),
    )
    monkeypatch.setattr(requirements_utils, "_MODULES_TO_PACKAGES", None)
    mlflow_patches.list_packages()
    assert len(listed) == 1
    with mlflow_patches.no_trial_prediction():
        log_small_model()
        assert len(listed) == 1
        monkeypatch.setattr(requirements_utils, "_MODULES_TO_PACKAGES", None)
        log_small_model()
    assert len(listed) == 2


def test_mlflow_looks_once_for_its_newest_revision_and_would_at_each_store(monkeypatch, tmp_path):
    looked = []
    real = utils.ScriptDirectory.from_config
    monkeypatch.setattr(
        utils.ScriptDirectory, "from_config", lambda config: looked.append(True) or real(config)
    )
    monkeypatch.setattr(utils, "_get_latest_schema_revision", revision_looked_up)
    Tracking(f"sqlite:///{tmp_path}/one.db", str(tmp_path))
    looked.clear()
    Tracking(f"sqlite:///{tmp_path}/one.db", str(tmp_path))
    assert len(looked) == 1
    mlflow_patches.read_migrations()
    mlflow_patches.read_migrations()
    looked.clear()
    Tracking(f"sqlite:///{tmp_path}/one.db", str(tmp_path))
    Registry(f"sqlite:///{tmp_path}/one.db")
    assert looked == []
    assert utils._get_latest_schema_revision() == revision_looked_up()


def test_skops_writes_one_line_and_would_write_many():
    scaler = StandardScaler().fit(np.arange(6.0).reshape(3, 2))
    with mlflow_patches.schema_in_one_line():
        skops.io.dump(scaler, "one.skops")
    skops.io.dump(scaler, "many.skops")
    one, many = (
        zipfile.ZipFile(name).read("schema.json").decode() for name in ("one.skops", "many.skops")
    )
    assert len(one.splitlines()) == 1 < 20 < len(many.splitlines())
    assert np.array_equal(skops.io.load("one.skops").mean_, scaler.mean_)


def statements_of(work: Callable[[], None]) -> int:
    found = []
    event.listen(Engine, "before_cursor_execute", counted := lambda *_: found.append(True))
    work()
    event.remove(Engine, "before_cursor_execute", counted)
    return len(found)


@pytest.fixture
def parent() -> Run:
    with mlflow.start_run() as run:
        dataset = mlflow.data.from_numpy(np.arange(6.0), name="train")
        mlflow.log_input(dataset, context="train")
    return mlflow.get_run(run.info.run_id)


# What the rows are is held in test_bulk_runs.py.
def test_runs_are_inserted_with_a_tenth_of_mlflows_statements(parent, monkeypatch):
    runs = [FinishedRun(f"{n}", "FINISHED", n, n + 1, {"a": "1"}, {"m": 1.0}) for n in range(10)]
    at_once = statements_of(lambda: log_finished_runs(parent, runs))
    monkeypatch.setattr(bulk_runs, "is_database", lambda _: False)
    one_by_one = statements_of(lambda: log_finished_runs(parent, runs))
    assert at_once < 30
    assert one_by_one > 10 * at_once
