"""A store with cheap models, and what the tests of the registry do with them."""

from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd

from reprise import registry
from reprise.fitting.training import train
from reprise.models import get_family
from reprise.models.family import Examples, FitOptions
from reprise.predictor import TabularModel
from reprise.preparation import SplitOptions, prepare, write_table
from reprise.raw.reading import RawTable
from reprise.registry import Outcome
from reprise.registry.candidates import Candidate
from reprise.table import PreparedTable
from steps.models import log_trained

# Elastic nets with ever larger penalties: each is worse than the one before.
ALPHAS = {"good": 0.001, "middling": 0.3, "bad": 0.9}


@dataclass(frozen=True)
class Workshop:
    """A store with the runs that the tests register."""

    uri: str
    table: PreparedTable
    other_table: PreparedTable
    runs: dict[str, str]


def raw_table(seed: int, rows: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c, d"])
    return table.assign(price=3 * table["a"] - table["b"] + random.normal(0, 0.1, rows))


def prepared(
    folder: Path, raw: pd.DataFrame, target: str = "price", seed: int = 1
) -> PreparedTable:
    options = SplitOptions("random", 0.2, 0.2, seed)
    made = prepare(RawTable.of(raw), "prices.csv", target, "auto", options)
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "prepare"}) as run:
        write_table(folder, made)
        mlflow.log_artifacts(str(folder), "table")
    return PreparedTable(folder, f"runs:/{run.info.run_id}/table")


def trained(table: PreparedTable, alpha: float) -> str:
    """The id of a run that trained an elastic net."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_elasticnet"}) as run:
        log_trained(train(get_family("elasticnet"), table, {"alpha": alpha}, 1, 1), table, 1)
    return str(run.info.run_id)


def put(
    workshop: Workshop, run: str, name: str, promote: str = "if-better", gate: str = "none"
) -> Outcome:
    """Register a run as the step does."""
    (candidate,) = registry.find_candidates(workshop.runs[run])
    tested = registry.open_test_part(candidate, workshop.table)
    registry.check_gate(registry.parse_gate(gate), tested.metrics)
    return registry.register(candidate, workshop.table, tested, name, promote)


def again(table: PreparedTable, candidate: Candidate, name: str) -> tuple[Outcome, str]:
    """Register a candidate, fitted again, as the step does; with the id of the run that did."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "register"}) as run:
        mlflow.set_tags({"reprise.candidate": candidate.run_id, "reprise.family": candidate.family})
        fitted = registry.fit_again(candidate, table)
        tested = registry.open_test_part(fitted, table)
        return registry.register(fitted, table, tested, name, "if-better"), run.info.run_id


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
