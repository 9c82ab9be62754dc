"""Trials on a real Dask cluster: the same as on this machine, and clear errors."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client
from sklearn.datasets import load_iris

from reprise.data.prepared_table import Part
from reprise.errors import RepriseError
from reprise.models.families import get_family
from reprise.provenance.code import reachable_source
from reprise.training.search.pools import open_pool
from reprise.training.search.search import run_search
from reprise.training.search.trial import Search, Trial
from tests.servers.processes import free_port

from .conftest import ROOT

pytestmark = pytest.mark.slow

PORT = free_port()
ADDRESS = f"tcp://127.0.0.1:{PORT}"
SEARCH = Search(get_family("elasticnet"), "classification", "log_loss", "tpe", 12, 3, 3, 42)


@contextmanager
def cluster(
    folder: Path, workers: int = 2, path: str = "", **variables: str
) -> Iterator[Callable[[str], None]]:
    """A scheduler and worker processes as a user starts them in a folder; yields what starts more.

    `path` is their PYTHONPATH: without one, they know of the project only what they are sent.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= variables
    dask = [sys.executable, "-c", "from dask.__main__ import main; main()"]
    processes: list[subprocess.Popen[bytes]] = []

    def start(*command: str, path: str = path) -> None:
        known = environment | ({"PYTHONPATH": path} if path else {})
        quiet = {"cwd": folder, "env": known, "stderr": subprocess.DEVNULL}
        processes.append(subprocess.Popen([*dask, *command], start_new_session=True, **quiet))

    start("scheduler", "--port", str(PORT), "--no-dashboard", "--host", "127.0.0.1")
    start("worker", ADDRESS, "--nworkers", str(workers), "--no-dashboard")
    try:
        deadline = time.monotonic() + 60
        with Client(ADDRESS, timeout=60) as client:
            client.wait_for_workers(workers, timeout=deadline - time.monotonic())
        yield lambda path: start("worker", ADDRESS, "--no-dashboard", path=path)
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
def test_workers_that_have_nothing_but_packages_give_the_trials_of_this_machine(tmp_path):
    here = trials("local")
    for workers in (2, 3):
        with cluster(tmp_path, workers):
            assert trials(ADDRESS) == here
            assert trials(ADDRESS, kill_a_worker) == here


def spoiled(*modules: str) -> dict[str, str]:
    """What a search sends, but for one module, which cannot be imported."""
    return reachable_source(*modules) | {"reprise.models.elasticnet": "raise OSError('changed')\n"}


@pytest.mark.filterwarnings("ignore")
def test_workers_run_the_code_that_they_are_sent_whatever_they_have(tmp_path):
    shutil.copytree(ROOT / "reprise", tmp_path / "reprise")
    for path in (tmp_path / "reprise").rglob("*.py"):
        path.write_text("raise RuntimeError\n")
    here = trials("local")
    with cluster(tmp_path, 1, str(tmp_path)):
        assert trials(ADDRESS) == here
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("reprise.training.search.dask_pool.reachable_source", spoiled)
            with pytest.raises(OSError, match="changed"):
                trials(ADDRESS)
        assert trials(ADDRESS) == here


@pytest.mark.filterwarnings("ignore")
def test_workers_with_other_packages_are_refused_also_when_they_join_later(tmp_path):
    folder = tmp_path / "click-99.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: click\nVersion: 99.0\n")
    said = r"must have the Python, the packages .* click 99\.0, not \S+ on tcp://"
    with cluster(tmp_path, 1, str(tmp_path)), pytest.raises(RepriseError, match=said):
        trials(ADDRESS)
    (tmp_path / "empty").mkdir()
    with cluster(tmp_path / "empty", 1) as start, pytest.raises(RepriseError, match=said):
        trials(ADDRESS, lambda trial: start_unlike(trial, start, tmp_path))


@pytest.mark.filterwarnings("ignore")
def test_workers_at_another_level_of_instructions_are_refused(tmp_path):
    said = r"numpy X86_V2 there and X86_V3 here on tcp://.*`env \S.*OPENBLAS_CORETYPE=Haswell"
    other = cluster(tmp_path, 1, NPY_ENABLE_CPU_FEATURES="X86_V2")
    with other, pytest.raises(RepriseError, match=said):
        trials(ADDRESS)


def start_unlike(trial: Trial, start: Callable[..., None], path: Path) -> None:
    """After the first trial, wait for a worker with other packages; the others leave."""
    if trial.number:
        return
    start(str(path))
    with Client(ADDRESS, timeout=60) as client:
        before = list(client.scheduler_info()["workers"])
        client.wait_for_workers(2, timeout=60)
        client.retire_workers(before)
