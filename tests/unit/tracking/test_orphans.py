"""Runs that are RUNNING: those that nobody works on end, and no others."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
import pytest
from mlflow.entities import Run

from reprise.runtime import identity
from reprise.runtime.identity import Identity
from reprise.tracking import notes, orphans
from reprise.tracking.beside_store import beside_store

PROJECT = {
    "mlflow.source.name": "file:///home/ann/reprise",
    "mlflow.source.type": "PROJECT",
    "mlflow.user": "ann",
    "mlflow.project.entryPoint": "main",
}
SLEEP = "import sys; print('here', flush=True); sys.stdin.read()"


def made(**tags: str) -> str:
    """A run as `mlflow run` makes it; a tag's name is its last part."""
    given = {name: tags.get(name.split(".")[-1], text) for name, text in PROJECT.items()}
    return made_with(given)


def made_with(tags: dict[str, str]) -> str:
    return mlflow.MlflowClient().create_run("1", tags=tags).info.run_id


@pytest.fixture
def own(own_store: str) -> Run:
    """The run of the step that looks."""
    return mlflow.get_run(made_with({**PROJECT, "reprise.process": str(Identity.own())}))


def status(run_id: str) -> str:
    return mlflow.get_run(run_id).info.status


@contextmanager
def process(*command: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A Python that waits, with these words on its command line and these variables."""
    with subprocess.Popen(
        [sys.executable, "-c", SLEEP, *command],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as found:
        assert found.stdout.readline() == "here\n"
        yield found
        found.stdin.close()


def test_a_run_that_mlflow_run_made_before_it_was_killed_ends(own):
    runs = [
        made(),
        made(name="/home/ann/reprise"),
        made(name="file:///home/ann/reprise#envs/conda"),
    ]
    elsewhere = mlflow.create_experiment("another")
    runs.append(mlflow.MlflowClient().create_run(elsewhere, tags=PROJECT).info.run_id)
    orphans.end_orphans(own)
    assert [status(run) for run in runs] == ["KILLED"] * 4
    assert mlflow.get_run(runs[0]).data.tags["reprise.error"]
    assert status(own.info.run_id) == "RUNNING"


@pytest.mark.parametrize(
    "other",
    [{"name": "file:///home/ann/other"}, {"user": "bo"}, {"entryPoint": "none"}, {"type": "LOCAL"}],
)
def test_runs_of_others_are_left_alone(own, other):
    run = made(**other)
    orphans.end_orphans(own)
    assert status(run) == "RUNNING"


def test_a_run_whose_command_has_just_started_is_left_alone(own):
    run = made()
    with process(MLFLOW_RUN_ID=run):
        orphans.end_orphans(own)
        assert status(run) == "RUNNING"
    orphans.end_orphans(own)
    assert status(run) == "KILLED"


def test_a_run_that_a_living_mlflow_run_may_have_made_is_left_alone(own):
    with process("mlflow", "run", "."):
        run = made()
        orphans.end_orphans(own)
        assert status(run) == "RUNNING"
    orphans.end_orphans(own)
    assert status(run) == "KILLED"


def test_an_mlflow_run_on_another_store_has_not_made_it(own):
    with process("mlflow", "run", MLFLOW_TRACKING_URI="sqlite:////elsewhere/mlflow.db"):
        run = made()
        orphans.end_orphans(own)
        assert status(run) == "KILLED"


def test_what_began_after_a_run_has_not_made_it(own, monkeypatch):
    run = made()
    later = mlflow.get_run(run).info.start_time / 1000 - 60
    with process("mlflow", "run", "."):
        monkeypatch.setattr(orphans, "_began", lambda _: later)
        orphans.end_orphans(own)
    assert status(run) == "KILLED"


def test_an_mlflow_run_whose_command_works_on_another_run_has_not_made_it(own):
    code = (
        "import subprocess, sys, os; variables = {**os.environ, 'MLFLOW_RUN_ID': 'another'}\n"
        f"subprocess.run([sys.executable, '-c', {SLEEP!r}], env=variables)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "mlflow", "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as found:
        assert found.stdout.readline() == b"here\n"
        run = made()
        orphans.end_orphans(own)
        assert status(run) == "KILLED"
        found.stdin.close()


def test_behind_a_server_a_day_has_to_pass(own, monkeypatch):
    monkeypatch.setattr(orphans, "store_path", lambda _: None)
    run = made()
    orphans.end_orphans(own)
    assert status(run) == "RUNNING"
    now = time.time()
    monkeypatch.setattr(orphans.time, "time", lambda: now + 25 * 3600)
    orphans.end_orphans(own)
    assert status(run) == "KILLED"


def test_a_note_tells_of_a_run_whose_process_died_before_it_was_opened(own, own_store, monkeypatch):
    monkeypatch.setattr(orphans, "store_path", lambda _: None)  # processes say nothing
    run = made()
    code = (
        "import sys; from reprise.tracking.notes import noted\n"
        f"with noted(): assert 'mlflow' not in sys.modules; {SLEEP}; import os; os._exit(9)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "MLFLOW_RUN_ID": run, "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as found:
        assert found.stdout.readline() == "here\n"
        orphans.end_orphans(own)
        assert status(run) == "RUNNING"
        found.stdin.close()
    orphans.end_orphans(own)
    assert status(run) == "KILLED"
    assert not list(beside_store(own_store).glob("*.run"))


def test_a_note_goes_with_the_step(own, own_store, monkeypatch):
    monkeypatch.setenv("MLFLOW_RUN_ID", own.info.run_id)
    with notes.noted():
        assert len(list(beside_store(own_store).glob("*.run"))) == 1
    assert not list(beside_store(own_store).glob("*.run"))


def test_a_run_called_dead_too_early_is_alive_once_its_step_begins(own, monkeypatch):
    run = made()
    orphans.end_orphans(own)
    monkeypatch.setenv("MLFLOW_RUN_ID", run)
    with mlflow.start_run() as again:
        orphans.revive(again)
        assert status(run) == "RUNNING"
        assert "reprise.error" not in mlflow.get_run(run).data.tags


def test_a_step_whose_main_has_died_is_waited_for(own, monkeypatch):
    with process() as job, process() as client:
        start = identity.start_of(client.pid)
        whose = Identity(
            Identity.own().machine, job.pid, identity.start_of(job.pid), True, (client.pid, start)
        )
        run = made_with({"reprise.process": str(whose)})
        assert not orphans.end_orphans(own)
        client.kill()
        client.wait()
        assert orphans.end_orphans(own)
        assert status(run) == "RUNNING"
        monkeypatch.setattr(orphans.time, "sleep", lambda _: (job.kill(), job.wait()))
        orphans.end_last_orphans(own)
        assert status(run) == "KILLED"
