"""Files that are saved while a main runs: what is recorded is what ran."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow.entities import Run
from sklearn.datasets import load_diabetes

from tests.serving import git, make_repository

from .conftest import Workplace
from .prover import folder_of

pytestmark = pytest.mark.slow


class Project(Workplace):
    """A repository with the project, a table and a store beside it."""

    @property
    def code(self) -> Path:
        return self.folder / "project"

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "PYTHONPATH": str(self.code),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def main_with_an_edit(self, execution: str, added: str) -> tuple[int, str]:
        """Run main, adding to all files once prepare has ended; its status, what it printed."""
        options = ("--models", "elasticnet,rf", "--tune_model", "none", "--execution", execution)
        command = [
            sys.executable,
            "-m",
            "steps.main",
            "--data",
            f"{self.folder}/table.csv",
            *options,
        ]
        with subprocess.Popen(
            [*command, "--workers", "1", "--cache", "off"],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            printed = ""
            for line in process.stdout:
                printed += line
                if "✓ prepare" in line:
                    for path in (self.code / "reprise").rglob("*.py"):
                        path.write_text(path.read_text() + added)
        return process.returncode, printed


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    make_repository(project.code)
    load_diabetes(as_frame=True).frame.to_csv(tmp_path / "table.csv", index=False)
    yield project
    project.call(sys.executable, "-m", "reprise", "stop")


def recorded(run: Run) -> tuple[str, str, bool, str]:
    """(commit, dirty, whether there is a diff, a source) as a run has recorded them."""
    code = json.loads((folder_of(run) / "source" / "code.json").read_text())
    tags = run.data.tags
    diff = (folder_of(run) / "source" / "diff.patch").exists()
    return tags["mlflow.source.git.commit"], tags["reprise.dirty"], diff, code["reprise.errors"]


def test_all_steps_of_a_main_run_and_record_the_code_that_it_began_with(project):
    before = (project.code / "reprise" / "errors.py").read_text()
    status, printed = project.main_with_an_edit("warm", "\nraise RuntimeError\n")
    assert status == 0, printed
    commit = git(project.code, "rev-parse", "HEAD")
    steps = project.children(project.runs("main")[0])
    assert set(steps) == {"prepare", "train_elasticnet", "train_rf", "ensemble", "register"}
    assert {recorded(run) for run in steps.values()} == {(commit, "false", False, before)}


def test_a_step_in_a_process_of_its_own_refuses_code_that_main_has_not_read(project):
    status, printed = project.main_with_an_edit("mlflow-run", "\n# more\n")
    assert status == 1
    assert "Traceback" not in printed, printed
    run = project.children(project.runs("main")[0])["train_elasticnet"]
    assert "must have the code that its main has read" in run.data.tags["reprise.error"]
