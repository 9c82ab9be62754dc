"""A search that is killed goes on where it was, and ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from mlflow.entities import Run

from .conftest import Workplace

pytestmark = pytest.mark.slow

SEARCH = ("--model", "elasticnet", "--sampler", "tpe", "--trials", "60", "--workers", "2")


def trials(workplace: Workplace, parent: Run) -> list[Run]:
    where = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    found = workplace.client.search_runs([parent.info.experiment_id], where)
    return sorted(found, key=lambda run: int(run.data.tags["reprise.trial"]))


def told(run: Run) -> dict[str, Any]:
    metrics = {name: value for name, value in run.data.metrics.items() if name != "seconds"}
    return {"params": run.data.params, "metrics": metrics, "status": run.info.status}


def start(workplace: Workplace, *arguments: str) -> subprocess.Popen[bytes]:
    environment = workplace.environment() | {"REPRISE_WARM_MINUTES": "0"}
    return subprocess.Popen(
        [sys.executable, "-m", "steps.tune", *arguments],
        cwd=workplace.folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_after(workplace: Workplace, process: subprocess.Popen[bytes], number: int) -> None:
    """Kill the step and all its workers once that many trials are recorded."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        running = workplace.runs("tune")
        if running and len(trials(workplace, running[0])) >= number:
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_killed_search_resumes_and_equals_the_uninterrupted_one(workplace, tmp_path):
    assert workplace.step("prepare", "--data", "sklearn:diabetes").returncode == 0
    table = f"runs:/{workplace.runs('prepare')[0].info.run_id}/table"

    kill_after(workplace, start(workplace, "--table", table, *SEARCH), 5)
    [killed] = workplace.runs("tune")
    before = trials(workplace, killed)
    assert 5 <= len(before) < 60
    assert {run.info.status for run in before} == {"FINISHED"}

    done = workplace.step("tune", "--table", table, *SEARCH)
    assert done.returncode == 0, done.stderr
    resumed = workplace.runs("tune")[0]
    assert workplace.client.get_run(killed.info.run_id).info.status == "KILLED"
    assert resumed.data.tags["reprise.resumes"] == killed.info.run_id
    after = trials(workplace, resumed)
    taken = [run.data.tags.get("reprise.cached_from") for run in after]
    assert taken[: len(before)] == [run.info.run_id for run in before]
    assert set(taken[len(before) :]) == {None}

    other = Workplace(tmp_path / "other")
    other.folder.mkdir()
    assert other.step("prepare", "--data", "sklearn:diabetes").returncode == 0
    table = f"runs:/{other.runs('prepare')[0].info.run_id}/table"
    assert other.step("tune", "--table", table, *SEARCH).returncode == 0
    whole = other.runs("tune")[0]
    assert [told(run) for run in after] == [told(run) for run in trials(other, whole)]
    digests = ("reprise.digest.model", "reprise.digest.predictions")
    for digest in digests:
        assert resumed.data.tags[digest] == whole.data.tags[digest]
    assert len(trials(other, whole)[0].inputs.dataset_inputs) == 2
