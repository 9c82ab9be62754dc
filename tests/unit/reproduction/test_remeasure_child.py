"""What is measured with the project of an older commit, whose modules have other names."""

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from reprise.data.prepared_table import PreparedTable
from reprise.reproduction import remeasure_child
from reprise.reproduction.remeasure_child import HOMES, measure_best, project

ROOT = Path(__file__).resolve().parents[3]
# The last commit before the project's modules were put into rooms.
BEFORE_THE_ROOMS = "c19616dcda8e162cb9d4f7106d62c0a531edb16d"
NEW_IN_SCHEMA = {"reading", "decisions", "read_as", "target_kind", "asked"}


@pytest.fixture(scope="module")
def old_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project of that commit."""
    command = ["git", "-C", str(ROOT), "archive", BEFORE_THE_ROOMS, "reprise", "requirements.txt"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.fail(f"needs the history of the project (git fetch --unshallow): {done.stderr!r}")
    folder = tmp_path_factory.mktemp("old")
    subprocess.run(["tar", "-x"], input=done.stdout, cwd=folder, check=True)
    return folder


@pytest.fixture
def old_table(workshop, tmp_path) -> PreparedTable:
    """The workshop's table as that commit left one: its schema knows nothing of the reading."""
    folder = tmp_path / "table"
    shutil.copytree(workshop.table.folder, folder)
    schema = json.loads((folder / "schema.json").read_text())
    kept = {name: schema[name] for name in schema if name not in NEW_IN_SCHEMA}
    (folder / "schema.json").write_text(json.dumps(kept))
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "prepare"}) as run:
        mlflow.log_artifacts(str(folder), "table")
    return PreparedTable(folder, f"runs:/{run.info.run_id}/table")


@pytest.mark.parametrize("refit", ["none", "train+validation"])
def test_a_project_of_before_the_rooms_measures_the_same(
    refit, old_project, workshop, old_table, tmp_path
):
    candidates = ",".join(workshop.runs[name] for name in ("middling", "good"))
    arguments = [candidates, old_table.uri, "rmse", refit]
    done = subprocess.run(
        [sys.executable, remeasure_child.__file__, *arguments, str(tmp_path / "old.parquet")],
        env=os.environ | {"PYTHONPATH": str(old_project), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    here = measure_best(*arguments, str(tmp_path / "new.parquet"))
    bounds = ("test_coverage_", "test_width_")  # of which it knew nothing
    here["metrics"] = {
        name: value for name, value in here["metrics"].items() if not name.startswith(bounds)
    }
    assert json.loads(done.stdout.splitlines()[-1]) == here
    assert here["run"] == workshop.runs["good"]
    old, new = (pd.read_parquet(tmp_path / f"{which}.parquet") for which in ("old", "new"))
    pd.testing.assert_frame_equal(old, new, check_exact=True)


@pytest.mark.parametrize("name", HOMES)
def test_what_is_needed_stands_where_it_is_looked_for_first(name):
    assert project(name) is getattr(import_module(HOMES[name][0]), name)


def test_a_package_that_is_not_installed_is_named(monkeypatch, tmp_path):
    (tmp_path / "in_need.py").write_text("import not_installed_here\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(HOMES, "best_candidate", ("in_need", "reprise.errors"))
    with pytest.raises(ModuleNotFoundError, match="not_installed_here"):
        project("best_candidate")


def test_a_project_that_has_it_at_no_place_is_said_to(monkeypatch):
    monkeypatch.setitem(HOMES, "best_candidate", ("reprise.nowhere", "reprise.errors.nowhere"))
    with pytest.raises(ImportError, match=r"best_candidate is at none of reprise\.nowhere"):
        project("best_candidate")
