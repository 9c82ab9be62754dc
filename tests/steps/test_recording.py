"""What every run records of its code and environment, whatever its step does."""

import hashlib
import json
from pathlib import Path

import mlflow
import pytest

from reprise.lineage import source
from reprise.lineage.code import reachable_code
from reprise.lineage.source import ROOT, Source
from steps.command import execute_step

CLEAN = Source("1" * 40, "https://example.org/reprise.git", "")
DIRTY = Source(
    "1" * 40, None, "a patch", ("reprise/table.csv", "steps/main.py"), ("reprise/table.csv",)
)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A checkout that is clean, whatever this one is."""
    for module in ("source", "recording"):
        monkeypatch.setattr(f"reprise.lineage.{module}.read_source", lambda *_, **__: CLEAN)
    return monkeypatch


def dirty(state: pytest.MonkeyPatch) -> None:
    for module in ("source", "recording"):
        state.setattr(f"reprise.lineage.{module}.read_source", lambda *_, **__: DIRTY)


def newest() -> tuple[mlflow.entities.Run, Path]:
    (run,) = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=1)
    return run, Path(run.info.artifact_uri.removeprefix("file://"))


def test_a_run_records_source_lock_and_environment(state):
    assert execute_step("prepare", []) == 0
    run, folder = newest()
    code = json.loads((folder / "source" / "code.json").read_text())
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in code.items()}
    assert digests == reachable_code("steps.prepare")
    assert code["reprise.raw.reading"] == (ROOT / "reprise" / "raw" / "reading.py").read_text()
    lock = (folder / "source" / "requirements.txt").read_bytes()
    assert lock == (ROOT / "requirements.txt").read_bytes()
    environment = json.loads((folder / "environment.json").read_text())
    assert run.data.tags["reprise.lock"] == environment["lock"] == hashlib.sha256(lock).hexdigest()
    assert set(environment) >= {"python", "platform", "processor", "flags", "threads", "blas"}
    assert {pool["folder"] for pool in environment["blas"]}
    assert run.data.tags["mlflow.source.git.commit"] == CLEAN.commit
    assert run.data.tags["mlflow.source.git.repoURL"] == CLEAN.repository
    assert run.data.tags["reprise.dirty"] == "false"
    assert not (folder / "source" / "diff.patch").exists()


def test_a_dirty_tree_leaves_its_diff_and_names_files_that_are_no_code(state, capsys):
    dirty(state)
    assert execute_step("prepare", []) == 0
    run, folder = newest()
    assert run.data.tags["reprise.dirty"] == "true"
    assert (folder / "source" / "diff.patch").read_text() == DIRTY.diff
    assert "note: source/diff.patch holds reprise/table.csv:" in capsys.readouterr().out


def test_main_refuses_a_dirty_tree_before_anything_runs(state, capsys):
    dirty(state)
    assert execute_step("main", ["--dirty", "refuse"]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "must be as committed with dirty=refuse" in line
    assert "2 changed files (reprise/table.csv, steps/main.py)" in line
    run, _ = newest()
    assert run.info.status == "FAILED"
    assert run.data.tags["reprise.error"] == line.removeprefix("error: ")
    assert len(mlflow.search_runs(output_format="list")) == 1


def test_a_clean_tree_is_not_refused(state, capsys):
    assert execute_step("main", ["--dirty", "refuse", "--data", "no such file.csv"]) == 1
    assert "no such file.csv" in capsys.readouterr().err
    assert source.read_source() == CLEAN
