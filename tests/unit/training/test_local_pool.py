"""Processes of this machine: as many as there are, they find the same, also when some die."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.models.family import Examples, FitOptions, Hyperparameters
from reprise.runtime.pinned_code import Pinned, pinned_files
from reprise.training.search.pools import open_pool
from tests.searches import cheap, failing, numbers, outcome, run, search

pytestmark = pytest.mark.xdist_group("search")


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_two_workers_find_what_one_worker_finds(sampler):
    wanted = search(sampler=sampler, trials=13, batch=4)
    assert outcome(run(wanted, numbers(), 2)) == outcome(run(wanted, numbers(), 1))


@pytest.mark.parametrize("family", ["rf", "gbm"])
def test_trees_are_the_same_with_two_workers(family):
    wanted = search(family=cheap(family), trials=4, batch=2)
    assert outcome(run(wanted, numbers(), 2)) == outcome(run(wanted, numbers(), 1))


@pytest.mark.timeout(60)
def test_a_search_ends_in_a_process_that_has_computed_with_threads_before():
    wanted = search(family=cheap("gbm"), trials=2, batch=2)
    here = outcome(run(wanted, numbers()))
    assert outcome(run(wanted, numbers(), 2)) == here


def search_networks(*workers: int) -> bool:
    """Whether searches over networks, one after the other, all find the same."""
    wanted = search(family=cheap("nn"), trials=2, batch=2)
    found = [outcome(run(wanted, numbers(), count)) for count in workers]
    return all(one == found[0] for one in found)


def search_after_training() -> bool:
    """Whether a search ends in a process that has trained a network before."""
    family, part = cheap("nn"), numbers()
    examples = Examples(part.X, part.y)
    family.fit("regression", examples, examples, family.defaults, FitOptions(1))
    return search_networks(2)


@pytest.mark.slow
def test_a_worker_that_is_not_forked_refuses_code_that_its_step_has_not_read(monkeypatch):
    name = "reprise/training/search/fold_scoring.py"
    others = {**pinned_files(), name: Pinned(b"other", 0)}
    monkeypatch.setattr("reprise.training.search.local_pool.pinned_files", lambda: others)
    monkeypatch.setattr(sys, "platform", "elsewhere")
    with pytest.raises(RepriseError, match=f"that its step has read, got {name}, changed"):
        run(search(trials=1, batch=1), numbers(), 1)


# In processes of their own: TensorFlow in use here or there decides what a fork inherits.
@pytest.mark.parametrize("check", ["search_networks(2, 1)", "search_after_training()"])
@pytest.mark.slow
def test_networks_are_the_same_with_two_workers_and_after_training(check):
    code = f"import tests.unit.training.test_local_pool as t; raise SystemExit(not t.{check})"
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert process.wait(timeout=90) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_pool_must_be_started_before_work_is_submitted():
    with open_pool(1, "local") as pool, pytest.raises(RuntimeError):
        list(pool.map(len, [()]))


def die_once(marker: Path, hyperparameters: Hyperparameters) -> bool:
    """Kill the worker at the second combination, the first time that one is there."""
    if hyperparameters["l1_ratio"] == 0.5 and hyperparameters["alpha"] == 0.0001:
        try:
            marker.touch(exist_ok=False)
        except FileExistsError:
            return False
        os.kill(os.getpid(), signal.SIGKILL)
    return False


def die_always(hyperparameters: Hyperparameters) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return True


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_killed_in_the_middle_changes_no_trial(workers, tmp_path):
    marker = tmp_path / "died"
    wanted = search(sampler="grid", trials=12, batch=5, family=failing(partial(die_once, marker)))
    found = run(wanted, numbers(), workers)
    assert marker.exists()
    assert outcome(found) == outcome(run(search(sampler="grid", trials=12, batch=5), numbers()))


def test_workers_that_always_die_are_an_error_with_a_remedy():
    with pytest.raises(RepriseError, match="3 that died at the same trial: free memory"):
        run(search(family=failing(die_always)), numbers(), 1)
