"""What every run records of its code and environment, whatever its step does."""

import hashlib
import json
import os
from pathlib import Path

import mlflow
import pytest

from reprise.provenance import handed_source
from reprise.provenance.code import reachable_code
from reprise.provenance.source import Source
from reprise.runtime.paths import ROOT
from steps.command import command_of, execute_step

CLEAN = Source("1" * 40, "https://example.org/reprise.git", "")
DIRTY = Source(
    "1" * 40, None, "a patch", ("reprise/table.csv", "steps/main.py"), ("reprise/table.csv",)
)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A checkout that is clean, whatever this one is."""
    monkeypatch.setattr(handed_source, "read_source", lambda: CLEAN)
    return monkeypatch


def dirty(state: pytest.MonkeyPatch) -> None:
    state.setattr(handed_source, "read_source", lambda: DIRTY)


def newest() -> tuple[mlflow.entities.Run, Path]:
    (run,) = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=1)
    return run, Path(run.info.artifact_uri.removeprefix("file://"))


def test_a_run_records_source_lock_and_environment(state):
    assert execute_step("prepare", []) == 0
    run, folder = newest()
    code = json.loads((folder / "source" / "code.json").read_text())
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in code.items()}
    assert digests == reachable_code("steps.prepare")
    assert code["reprise.data.raw_table"] == (ROOT / "reprise/data/raw_table.py").read_text()
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


def test_packages_that_are_not_as_in_the_lock_are_recorded_and_said_once(state, capsys):
    other = "click 99.0, not 8.3.0"
    state.setattr("reprise.provenance.environment.installed_differences", lambda _: (other,))
    assert execute_step("prepare", []) == 0
    assert capsys.readouterr().out.count(other) == 1
    _, folder = newest()
    for name in ("environment.json", "fingerprint.json"):
        assert json.loads((folder / name).read_text())["installed"] == [other]


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


def test_secrets_in_an_address_and_in_data_reach_no_tag_artifact_or_line(
    state, monkeypatch, tmp_path, capsys
):
    signed = f"file://{tmp_path}/t.csv?X-Amz-Signature=s3cr3t"
    (tmp_path / "t.csv").write_text("x,target\n" + "".join(f"{n % 7},{n}\n" for n in range(200)))
    tags = {"mlflow.source.name": "https://t0ken@host.test/r.git"}
    experiment = mlflow.tracking.fluent._get_experiment_id()
    made = mlflow.MlflowClient().create_run(experiment, tags=tags)
    mlflow.MlflowClient().log_param(made.info.run_id, "data", signed)
    monkeypatch.setenv("MLFLOW_RUN_ID", made.info.run_id)
    assert execute_step("prepare", ["--data", signed]) == 0
    run, folder = newest()
    assert run.data.tags["mlflow.source.name"] == "https://host.test/r.git"
    texts = [*run.data.tags.values(), *capsys.readouterr()]
    texts += [each.dataset.source for each in run.inputs.dataset_inputs]
    files = [path for path in folder.rglob("*") if path.is_file()]
    texts += [path.read_bytes().decode("latin1") for path in files]
    assert not [text for text in texts if "s3cr3t" in text or "t0ken" in text]
    assert "note: `mlflow run` has logged data with what lets" in texts[len(run.data.tags)]


def test_a_password_in_the_tracking_uri_is_no_longer_there_when_a_step_begins(monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:s3cr3t@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "")
    with pytest.raises(SystemExit):
        command_of("prepare").main(["--help"])
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:9"
    assert os.environ["MLFLOW_TRACKING_PASSWORD"] == "s3cr3t"
