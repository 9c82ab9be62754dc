"""A workplace with a main that is reproduced, and what that said."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities import Run

from .conftest import Workplace

SMALL = ("--models", "elasticnet,rf", "--tune_model", "elasticnet", "--trials", "3")
FAMILIES = ("train_elasticnet", "train_rf", "train_gbm", "train_nn")
TAG = "reprise.reproduced"


@dataclass(frozen=True)
class Proof:
    """What a reproduce run said and left."""

    status: int
    printed: str
    error: str
    run: Run
    found: dict
    page: str

    def unlike(self) -> set[tuple[str, str]]:
        """(step, output) of everything that did not come out the same."""
        return {
            (step["name"], each["what"])
            for step in self.found["steps"]
            for each in step["comparisons"]
            if not each["same"]
        }


class Prover(Workplace):
    """A workplace with a main that can be reproduced."""

    @property
    def table(self) -> Path:
        return self.folder / "table.csv"

    def reproduce(self, of: str, *arguments: str) -> Proof:
        done = self.step("reproduce", "--of", of, *arguments)
        run = self.runs("reproduce")[0]
        folder = folder_of(run)
        assert (folder / "reproduction.json").exists(), done.stdout + done.stderr
        found = json.loads((folder / "reproduction.json").read_text())
        page = (folder / "reproduction.html").read_text()
        return Proof(done.returncode, done.stdout, done.stderr, run, found, page)

    def original(self, name: str) -> Run:
        """The step of the one main, as it is now."""
        return self.children(self.runs("main")[0])[name]


def folder_of(run: Run) -> Path:
    return Path(run.info.artifact_uri.removeprefix("file://"))


def stop(workplace: Workplace) -> None:
    subprocess.run(
        [sys.executable, "-m", "reprise", "stop"], env=workplace.environment(), check=True
    )
