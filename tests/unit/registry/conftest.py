"""Registering, with real runs of cheap models; each test has a model name of its own."""

from collections.abc import Iterator

import mlflow
import pytest

from .workshop import ALPHAS, Workshop, prepared, raw_table, trained


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("workshop")
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    place = (folder / "artifacts").as_uri()
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("prices", place))
    table = prepared(folder / "table", raw_table(1))
    other = prepared(folder / "other", raw_table(2))
    runs = {name: trained(table, alpha) for name, alpha in ALPHAS.items()}
    runs["good again"] = trained(table, ALPHAS["good"])
    runs["of another table"] = trained(other, 0.001)
    mlflow.set_tracking_uri(None)
    return Workshop(uri, table, other, runs)


@pytest.fixture(autouse=True)
def in_workshop(
    own_store: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", workshop.uri)
    mlflow.set_tracking_uri(workshop.uri)
    yield
    mlflow.set_tracking_uri(own_store)
