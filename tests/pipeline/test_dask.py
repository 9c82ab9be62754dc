"""Trials on a real Dask cluster: the same as on this machine, and clear errors."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from distributed import Client
from sklearn.datasets import load_iris

from reprise.errors import RepriseError
from reprise.models import get_family
from reprise.search import Search, run_search
from reprise.table import Part
from reprise.workers import open_pool

from .conftest import ROOT

PORT = 8799
ADDRESS = f"tcp://127.0.0.1:{PORT}"
SEARCH = Search(get_family("elasticnet"), "classification", "log_loss", "tpe", 6, 3, 3, 42)


@contextmanager
def cluster(path: str) -> Iterator[None]:
    """A scheduler and two workers as a user starts them."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["PYTHONPATH"] = path
    quiet = {"cwd": path, "env": environment, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-c", "from dask.__main__ import main; main()"]
    local = ["--no-dashboard", "--host", "127.0.0.1"]
    processes = [
        subprocess.Popen([*dask, "scheduler", "--port", str(PORT), *local], **quiet),
        subprocess.Popen([*dask, "worker", ADDRESS, "--nworkers", "2", "--no-dashboard"], **quiet),
    ]
    try:
        deadline = time.monotonic() + 60
        with Client(ADDRESS, timeout=60) as client:
            client.wait_for_workers(2, timeout=deadline - time.monotonic())
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)


def learning() -> Part:
    table = load_iris(as_frame=True).frame
    return Part(table.drop(columns="target"), table["target"])


def trials(scheduler: str) -> list[tuple[dict, list[float]]]:
    with open_pool(1, scheduler) as pool:
        result = run_search(SEARCH, learning(), pool, lambda trial: None)
    return [(trial.params, trial.fold_values) for trial in result.trials]


@pytest.mark.filterwarnings("ignore")
def test_two_dask_workers_give_the_trials_of_this_machine():
    with cluster(str(ROOT)):
        assert trials(ADDRESS) == trials("local")


@pytest.mark.filterwarnings("ignore")
def test_workers_that_cannot_import_the_project_are_told_how(tmp_path):
    with cluster(str(tmp_path)), pytest.raises(RepriseError, match=r"PYTHONPATH=\. and its env"):
        trials(ADDRESS)
