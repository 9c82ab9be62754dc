"""Registering, with real runs of cheap models: their store, and what tests do with them."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities.model_registry import ModelVersion

from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import PreparedTable
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.table_files import write_table
from reprise.models.families import get_family
from reprise.models.family import Examples, FitOptions
from reprise.predictor import TabularModel
from reprise.registry.gate import check_gate, parse_gate
from reprise.registry.promotion import Outcome, register
from reprise.training.candidates import Candidate, find_candidates, open_test_part
from reprise.training.model_record import log_record, record_trained
from reprise.training.refit import fit_again
from reprise.training.train import train

# Elastic nets with ever larger penalties: each is worse than the one before.
ALPHAS = {"good": 0.001, "middling": 0.3, "bad": 0.9}


@dataclass(frozen=True)
class Workshop:
    """A store with the runs that the tests register."""

    uri: str
    table: PreparedTable
    other_table: PreparedTable
    runs: dict[str, str]


def make_workshop(folder: Path) -> Workshop:
    """A store in `folder` with the runs that the tests register."""
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


def raw_table(seed: int, rows: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c, d"])
    return table.assign(price=3 * table["a"] - table["b"] + random.normal(0, 0.1, rows))


def prepared(
    folder: Path, raw: pd.DataFrame, target: str = "price", seed: int = 1
) -> PreparedTable:
    options = SplitOptions(Split(), 0.2, 0.2, seed)
    made = prepare(RawTable.of(raw), "prices.csv", target, "auto", options)
    tags = {"mlflow.project.entryPoint": "prepare", "reprise.task": made.schema.task}
    with mlflow.start_run(tags=tags) as run:
        write_table(folder, made)
        mlflow.log_artifacts(str(folder), "table")
    return PreparedTable(folder, f"runs:/{run.info.run_id}/table")


def trained(table: PreparedTable, alpha: float) -> str:
    """The id of a run that trained an elastic net."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_elasticnet"}) as run:
        found = train(get_family("elasticnet"), table.learning_rows(), {"alpha": alpha}, 1, 1)
        log_record(record_trained(found, table.schema))
    return str(run.info.run_id)


def put(
    workshop: Workshop, run: str, name: str, promote: str = "if-better", gate: str = "none"
) -> Outcome:
    """Register a run as the step does."""
    (candidate,) = find_candidates(workshop.runs[run])
    tested = open_test_part(candidate, workshop.table)
    check_gate(parse_gate(gate), tested.metrics)
    return register(candidate, workshop.table, tested, name, promote)


def again(table: PreparedTable, candidate: Candidate, name: str) -> tuple[Outcome, str]:
    """Register a candidate, fitted again, as the step does; with the id of the run that did."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "register"}) as run:
        mlflow.set_tags({"reprise.candidate": candidate.run_id, "reprise.family": candidate.family})
        fitted = fit_again(candidate, table.learning_rows())
        tested = open_test_part(fitted, table)
        return register(fitted, table, tested, name, "if-better"), run.info.run_id


def aliases(name: str) -> dict[str, str]:
    found = mlflow.MlflowClient().get_registered_model(name).aliases
    return {alias: str(version) for alias, version in found.items()}


def tags(name: str, version: str) -> dict[str, str]:
    return dict(mlflow.MlflowClient().get_model_version(name, version).tags)


def versions(name: str) -> list[str]:
    found = mlflow.MlflowClient().search_model_versions(f"name = '{name}'")
    return sorted(str(version.version) for version in found)


def fitted_by_hand(table: PreparedTable, alpha: float) -> TabularModel:
    """The elastic net of train and validation rows."""
    parts = [table.read(name) for name in ("train", "validation")]
    rows = Examples(pd.concat([part.X for part in parts]), pd.concat([part.y for part in parts]))
    family = get_family("elasticnet")
    chosen = family.defaults | {"alpha": alpha}
    return family.fit("regression", rows, None, chosen, FitOptions(1)).model(table.schema.kinds)


def model_folder(run_id: str) -> Path:
    model = mlflow.get_logged_model(mlflow.get_run(run_id).data.tags["reprise.model_id"])
    return Path(model.artifact_location.removeprefix("file://"))


def altered_version(
    workshop: Workshop, run: str, name: str, folder: Path, alter: Callable[[Path], None]
) -> ModelVersion:
    """A version of an altered copy of a run's model that names that run, made by hand."""
    client = mlflow.MlflowClient()
    shutil.copytree(model_folder(workshop.runs[run]), folder)
    alter(folder)
    with suppress(mlflow.MlflowException):  # there is one already
        client.create_registered_model(name)
    return client.create_model_version(name, folder.as_uri(), workshop.runs[run])
