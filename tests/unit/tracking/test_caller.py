"""Where a person typed a command, when MLflow has changed the folder since."""

import subprocess
import sys
from pathlib import Path

import pytest

from reprise.runtime.paths import ROOT
from reprise.tracking.caller import folders, placed
from reprise.tracking.contract import TYPED_IN_VARIABLE

ASK = """
import os
from reprise.tracking.caller import folders, note_folder
note_folder()
print(*folders(), sep="|")
"""
# What MLflow does: bash in the project's folder, started by a process of another one.
RUN = """
import subprocess, sys
command = sys.argv[1] + f" {sys.executable} -c '{sys.argv[2]}'"
subprocess.run(["bash", "-c", command], cwd=sys.argv[3], check=True)
"""


def asked(before: str, project: Path, tmp_path: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", RUN, before, ASK.replace("'", '"'), str(project)],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("before", ["", "true &&", "source /dev/null && cd . &&"])
def test_the_folder_is_that_of_the_process_that_runs_the_project(before, tmp_path):
    assert asked(before, ROOT, tmp_path, MLFLOW_RUN_ID="1") == f"{tmp_path}|{ROOT}"


def test_a_step_of_ones_own_is_where_it_is(tmp_path):
    assert asked("", ROOT, tmp_path) == str(ROOT)
    assert asked("", tmp_path, tmp_path, MLFLOW_RUN_ID="1") == str(tmp_path)


def test_files_are_written_where_it_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert placed("out.csv") == str(tmp_path / "out.csv")
    monkeypatch.setenv(TYPED_IN_VARIABLE, "/typed")
    assert placed("sub/out.csv") == "/typed/sub/out.csv"
    assert placed("/else/out.csv") == "/else/out.csv"
    assert placed("~/out.csv") == str(Path.home() / "out.csv")
    assert folders() == [Path("/typed"), tmp_path]
