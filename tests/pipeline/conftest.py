"""A workplace: a folder with a store of its own in which commands run as a user runs them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import Run

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


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """An empty workplace, its store not yet made."""
    folder = tmp_path / "workplace"
    folder.mkdir()
    return Workplace(folder)
