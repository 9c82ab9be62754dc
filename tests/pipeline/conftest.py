"""A workplace: a folder with a store of its own in which commands run as a user runs them."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run
from sklearn.datasets import load_iris

if TYPE_CHECKING:
    from .signed import Signed

ROOT = Path(__file__).resolve().parents[2]
TRIALS = 4


@dataclass(frozen=True)
class Workplace:
    """Commands run here, on the store here."""

    folder: Path

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.folder}/mlflow.db"

    @property
    def client(self) -> mlflow.MlflowClient:
        return mlflow.MlflowClient(self.uri, self.uri)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return kept | {"MLFLOW_TRACKING_URI": self.uri, "PATH": path, "PYTHONPATH": str(ROOT)}

    def call(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def step(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.call(sys.executable, "-m", f"steps.{name}", *arguments)

    def main(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.step("main", "--trials", str(TRIALS), *arguments)

    def runs(self, entry_point: str) -> list[Run]:
        """Runs of an entry point, newest first."""
        ids = [experiment.experiment_id for experiment in self.client.search_experiments()]
        text = f"tags.`mlflow.project.entryPoint` = '{entry_point}'"
        return list(self.client.search_runs(ids, text, order_by=["attributes.start_time DESC"]))

    def children(self, parent: Run) -> dict[str, Run]:
        text = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
        found = self.client.search_runs([parent.info.experiment_id], text)
        return {run.data.tags["mlflow.project.entryPoint"]: run for run in found}


@dataclass(frozen=True)
class Shop(Workplace):
    """A workplace with trained models: `flowers`, of four families, and `reprise`, of diabetes."""

    @property
    def table(self) -> Path:
        """The raw table of `flowers`: text, dates, categories with gaps, awkward names."""
        return self.folder / "my flowers.csv"

    def trained(self) -> dict[str, str]:
        """The URI of the model of each family that was trained on the flowers, and of the blend."""
        flowers = next(run for run in self.runs("main") if "flowers" in str(run.data.params))
        return {
            name.removeprefix("train_"): f"runs:/{run.info.run_id}/model"
            for name, run in self.children(flowers).items()
            if name.startswith(("train_", "ensemble"))
        }


def write_flowers(path: Path) -> pd.DataFrame:
    """Iris with text labels, a date, free text, a category with gaps, and awkward names."""
    table = load_iris(as_frame=True).frame.rename(columns={"petal width (cm)": "petal, [width]"})
    generator = np.random.default_rng(0)
    table["seen on"] = pd.date_range("2020-01-01", periods=len(table)).strftime("%d/%m/%Y")
    table["who's"] = generator.choice(["Ann", "Bo", "NA", None], len(table))
    places = generator.choice(["by the lake", "up there", "zoo"], len(table))
    table["note"] = [f"{place} {number}" for number, place in enumerate(places)]
    table.loc[::7, "sepal length (cm)"] = None
    table["kind of flower"] = table.pop("target").map(
        {0: "setosa", 1: "versicolor", 2: "virginica"}
    )
    table.insert(0, "id", [f"{number:04}" for number in range(len(table))])
    table.to_csv(path, index=False)
    return table


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A store with finished mains whose models the tests score with and serve; they change none."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    write_flowers(shop.table)
    flowers = ("--data", str(shop.table), "--target", "kind of flower", "--model_name", "flowers")
    for arguments in (flowers, ("--models", "elasticnet")):
        done = shop.step("main", "--tune_model", "none", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    yield shop
    shop.call(sys.executable, "-m", "reprise", "stop")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """An empty workplace, its store not yet made."""
    folder = tmp_path / "workplace"
    folder.mkdir()
    return Workplace(folder)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Signed"]:
    """A store with two signed versions, of which the second is the champion."""
    from .prover import stop
    from .signed import Signed

    made = Signed(tmp_path_factory.mktemp("signed"))
    for seed in ("1", "2"):
        made.register("--seed", seed)
    shutil.copytree(made.folder, made.folder.with_name("as it was"))
    yield made
    stop(made)


@pytest.fixture
def signed(made: "Signed") -> Iterator["Signed"]:
    """The store as it was made, in use, and put back after the test."""
    mlflow.set_tracking_uri(made.uri)
    yield made
    copy = made.folder.with_name("as it was")
    shutil.rmtree(made.folder / "mlruns")
    shutil.copytree(copy / "mlruns", made.folder / "mlruns")
    # In place: this process has the database open.
    with (
        closing(sqlite3.connect(copy / "mlflow.db")) as before,
        closing(sqlite3.connect(made.folder / "mlflow.db")) as store,
    ):
        before.backup(store)
