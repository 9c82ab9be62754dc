"""Trials on a real Dask cluster: the same as on this machine, and clear errors."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from distributed import Client
from sklearn.datasets import load_iris

from reprise.errors import RepriseError
from reprise.models import get_family
from reprise.search import Search, Trial, run_search
from reprise.search.workers import open_pool
from reprise.table import Part

from .conftest import ROOT

PORT = 8799
ADDRESS = f"tcp://127.0.0.1:{PORT}"
SEARCH = Search(get_family("elasticnet"), "classification", "log_loss", "tpe", 12, 3, 3, 42)


@contextmanager
def cluster(path: str, workers: int = 2) -> Iterator[None]:
    """A scheduler and worker processes as a user starts them."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["PYTHONPATH"] = path
    quiet = {"cwd": path, "env": environment, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-c", "from dask.__main__ import main; main()"]
    local = ["--no-dashboard", "--host", "127.0.0.1"]
    commands = (
        ["scheduler", "--port", str(PORT), *local],
        ["worker", ADDRESS, "--nworkers", str(workers), "--no-dashboard"],
    )
    processes = [
        subprocess.Popen([*dask, *command], start_new_session=True, **quiet) for command in commands
    ]
    try:
        deadline = time.monotonic() + 60
        with Client(ADDRESS, timeout=60) as client:
            client.wait_for_workers(workers, timeout=deadline - time.monotonic())
        yield
    finally:
        for process in reversed(processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def learning() -> Part:
    table = load_iris(as_frame=True).frame
    return Part(table.drop(columns="target"), table["target"])


def trials(scheduler: str, on_trial: Callable[[Trial], None] = lambda trial: None) -> list[Any]:
    with open_pool(1, scheduler) as pool:
        result = run_search(SEARCH, learning(), pool, on_trial)
    return [(trial.params, trial.fold_values) for trial in result.trials]


def kill_a_worker(trial: Trial) -> None:
    """At the first trial, one of the worker processes dies (its nanny starts another)."""
    if trial.number == 0:
        with Client(ADDRESS, timeout=60) as client:
            pids = client.run(os.getpid)
            os.kill(next(iter(pids.values())), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore")
def test_dask_workers_give_the_trials_of_this_machine_and_so_they_do_when_one_is_killed():
    here = trials("local")
    with cluster(str(ROOT)):
        assert trials(ADDRESS) == here
        assert trials(ADDRESS, kill_a_worker) == here
    with cluster(str(ROOT), workers=3):
        assert trials(ADDRESS) == here
        assert trials(ADDRESS, kill_a_worker) == here


@pytest.mark.filterwarnings("ignore")
def test_workers_that_cannot_import_the_project_are_told_how(tmp_path):
    with cluster(str(tmp_path)), pytest.raises(RepriseError, match=r"PYTHONPATH=\. and its env"):
        trials(ADDRESS)


@pytest.mark.filterwarnings("ignore")
def test_workers_with_another_lock_or_other_code_are_refused(tmp_path):
    shutil.copytree(ROOT / "reprise", tmp_path / "reprise")
    lock = (ROOT / "requirements.txt").read_text()
    changed, found = re.subn(r"(?m)^click==\S+", "click==1.0.0", lock)
    assert found == 1
    (tmp_path / "requirements.txt").write_text(changed)
    lock_differs = pytest.raises(RepriseError, match=r"must have the lock .* click 1\.0\.0 -> \d")
    with cluster(str(tmp_path), workers=1), lock_differs:
        trials(ADDRESS)
    (tmp_path / "requirements.txt").write_text(lock)
    with (tmp_path / "reprise" / "search" / "race.py").open("a") as source:
        source.write("# another line\n")
    code_differs = pytest.raises(RepriseError, match=r"must have the code .* other code there")
    with cluster(str(tmp_path), workers=1), code_differs:
        trials(ADDRESS)
