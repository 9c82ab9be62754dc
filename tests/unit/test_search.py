import math
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reprise.errors import RepriseError
from reprise.models import get_family
from reprise.models.family import Examples, Family, FitOptions, Hyperparameters
from reprise.search import Search, SearchResult, Trial, run_search
from reprise.search.workers import check_scheduler, open_pool
from reprise.table import Part

ROWS = 90


def numbers() -> Part:
    random = np.random.default_rng(11)
    X = pd.DataFrame(random.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    return Part(X, (X["a"] * 2 - X["b"] + random.normal(0, 0.3, ROWS)).rename("y"))


def classes() -> Part:
    part = numbers()
    return Part(part.X, pd.Series(np.where(part.y > 0, "high", "low"), name="y"))


def search(**changed: Any) -> Search:
    usual: dict[str, Any] = {
        "family": get_family("elasticnet"),
        "task": "regression",
        "metric": "rmse",
        "sampler": "tpe",
        "trials": 6,
        "batch": 3,
        "folds": 2,
        "seed": 42,
    }
    return Search(**{**usual, **changed})


def run(wanted: Search, part: Part, workers: int = 1, seen: list[Trial] | None = None):
    with open_pool(workers, "local") as pool:
        return run_search(wanted, part, pool, (seen if seen is not None else []).append)


def outcome(result: SearchResult) -> list[Any]:
    """All of a search but its times."""
    told = [(trial.number, trial.params, trial.fold_values, trial.value) for trial in result.trials]
    return [told, result.best.number]


def always(hyperparameters: Hyperparameters) -> bool:
    return True


def small_penalty(hyperparameters: Hyperparameters) -> bool:
    return hyperparameters["alpha"] < 0.005


def half_absolute(hyperparameters: Hyperparameters) -> bool:
    return hyperparameters["l1_ratio"] == 0.5


def not_among(alphas: list[float], hyperparameters: Hyperparameters) -> bool:
    return hyperparameters["alpha"] not in alphas


def slow_first(hyperparameters: Hyperparameters) -> bool:
    if hyperparameters["alpha"] == 0.0001:
        time.sleep(0.3)
    return False


def fit_unless(broken, task, train, validation, hyperparameters, options):
    if broken(hyperparameters):
        raise ValueError(f"no fit for alpha={hyperparameters.get('alpha')}\nsecond line")
    return get_family("elasticnet").learn(task, train, validation, hyperparameters, options)


def failing(broken: Callable[[Hyperparameters], bool]) -> Family:
    """The elastic net, whose fit raises for the hyperparameters that `broken` chooses."""
    return replace(get_family("elasticnet"), learn=partial(fit_unless, broken))


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_two_workers_find_what_one_worker_finds(sampler):
    wanted = search(sampler=sampler, trials=13, batch=4)
    assert outcome(run(wanted, numbers(), 2)) == outcome(run(wanted, numbers(), 1))


def cheap(family: str) -> Family:
    """The family with few trees or epochs, which the search leaves as they are."""
    found, few = get_family(family), {"n_estimators": 5, "epochs": 2}
    changed = {
        name: replace(found.hyperparameters[name], default=value, search=None)
        for name, value in few.items()
        if name in found.hyperparameters
    }
    return replace(found, hyperparameters={**found.hyperparameters, **changed})


@pytest.mark.parametrize("family", ["rf", "gbm"])
def test_trees_are_the_same_with_two_workers(family):
    wanted = search(family=cheap(family), trials=4, batch=2)
    assert outcome(run(wanted, numbers(), 2)) == outcome(run(wanted, numbers(), 1))


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


# In processes of their own: TensorFlow in use here or there decides what a fork inherits.
@pytest.mark.parametrize("check", ["search_networks(2, 1)", "search_after_training()"])
def test_networks_are_the_same_with_two_workers_and_after_training(check):
    code = f"import tests.unit.test_search as t; raise SystemExit(not t.{check})"
    root = Path(__file__).resolve().parents[2]
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


def test_trials_are_told_in_the_order_they_were_proposed():
    seen: list[Trial] = []
    wanted = search(family=failing(slow_first), sampler="grid", trials=12, batch=6)
    result = run(wanted, numbers(), 2, seen)
    assert [trial.number for trial in seen] == list(range(12))
    assert result.trials == seen


def test_a_batch_of_another_size_gives_the_same_random_and_grid_trials():
    for sampler in ("random", "grid"):
        results = [run(search(sampler=sampler, batch=size), numbers()) for size in (1, 4)]
        assert outcome(results[0]) == outcome(results[1])


def test_equal_searches_give_equal_trials_and_another_seed_others():
    first, again, other = (run(search(seed=seed), numbers()) for seed in (1, 1, 2))
    assert outcome(first) == outcome(again)
    assert [t.params for t in first.trials[1:]] != [t.params for t in other.trials[1:]]


def test_the_grid_of_the_elastic_net_is_four_penalties_by_three_ratios():
    result = run(search(sampler="grid", trials=50), numbers())
    found = {(trial.params["alpha"], trial.params["l1_ratio"]) for trial in result.trials}
    assert len(result.trials) == len(found) == 12
    assert len({alpha for alpha, _ in found}) == 4
    assert len({ratio for _, ratio in found}) == 3


def test_fewer_trials_than_the_grid_are_a_seeded_choice_of_it():
    whole = [trial.params for trial in run(search(sampler="grid", trials=12), numbers()).trials]
    few = [trial.params for trial in run(search(sampler="grid", trials=5), numbers()).trials]
    assert len(few) == 5
    places = [whole.index(params) for params in few]
    assert places == sorted(set(places))
    again = [trial.params for trial in run(search(sampler="grid", trials=5), numbers()).trials]
    assert few == again


@pytest.mark.parametrize("family", ["elasticnet", "rf", "gbm", "nn"])
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_first_trial_is_the_defaults(sampler, family):
    found = replace(get_family(family), learn=failing(always).learn)
    seen: list[Trial] = []
    with pytest.raises(RepriseError):
        run(search(sampler=sampler, trials=2, family=found), numbers(), 1, seen)
    searched = {name: value.default for name, value in found.space("rmse").items()}
    assert seen[0].params == searched != seen[1].params
    assert [type(value) for value in seen[0].params.values()] == [
        type(value) for value in searched.values()
    ]


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_sampled_values_lie_within_the_search_space(sampler):
    for trial in run(search(sampler=sampler, trials=8), numbers()).trials:
        for name, value in trial.params.items():
            low, high = get_family("elasticnet").hyperparameters[name].search
            assert low <= value <= high


@pytest.mark.parametrize(
    ("metric", "part", "task", "larger"),
    [
        ("rmse", numbers, "regression", False),
        ("mae", numbers, "regression", False),
        ("r2", numbers, "regression", True),
        ("log_loss", classes, "classification", False),
        ("roc_auc", classes, "classification", True),
    ],
)
def test_the_best_trial_has_the_best_mean_over_the_folds(metric, part, task, larger):
    result = run(search(metric=metric, task=task, sampler="grid", folds=3), part())
    for trial in result.trials:
        assert len(trial.fold_values) == 3
        assert trial.value == np.mean(trial.fold_values)
        assert trial.seconds > 0
        assert trial.reason is None
    values = [trial.value for trial in result.trials]
    assert result.best.number == values.index(max(values) if larger else min(values))
    assert result.metric == metric


def test_a_failing_trial_is_recorded_with_its_reason_and_the_search_goes_on():
    family = failing(small_penalty)
    result = run(search(family=family, sampler="grid", trials=12), numbers(), 2)
    failed = [trial for trial in result.trials if trial.reason]
    assert len(result.trials) == 12
    assert len(failed) == 6
    for trial in failed:
        assert trial.reason == f"ValueError: no fit for alpha={trial.params['alpha']}"
        assert math.isnan(trial.value)
    assert result.best.params["alpha"] >= 0.005


def test_samplers_go_on_after_failed_trials():
    family = failing(half_absolute)
    result = run(search(family=family, trials=5, batch=2), numbers())
    assert [bool(trial.reason) for trial in result.trials] == [True, False, False, False, False]


def test_a_search_whose_trials_all_fail_is_an_error_with_the_first_reason():
    seen: list[Trial] = []
    family = failing(always)
    with pytest.raises(RepriseError, match=r"every trial failed.*no fit for alpha=0\.001"):
        run(search(family=family, trials=3), numbers(), 2, seen)
    assert len(seen) == 3


def test_a_metric_that_a_fold_leaves_undefined_fails_its_trial_and_says_so():
    part = numbers()
    few = Part(part.X.iloc[:6], part.y.iloc[:6])
    with pytest.raises(RepriseError, match="r2 is undefined in a fold"):
        run(search(metric="r2", trials=2, folds=6), few)


def test_a_class_with_fewer_rows_than_folds_is_no_obstacle():
    part = classes()
    y = part.y.copy()
    y.iloc[0] = "rare"
    result = run(
        search(task="classification", metric="log_loss", trials=2, folds=3), Part(part.X, y)
    )
    assert all(math.isfinite(trial.value) for trial in result.trials)


@pytest.mark.parametrize(
    "scheduler",
    [
        "",
        "localhost",
        "Local",
        "tcp://",
        "tcp://host",
        "tcp://host:",
        "tcp://:8786",
        "tcp://host:port",
        "tcp:/host:8786",
        "http://host:8786",
        "host:8786",
        "tcp://host:87 86",
        "tcp://ho st:8786",
        "tcp://host:8786/path",
        "tcp://host:99999",
    ],
)
def test_a_malformed_scheduler_is_refused_with_the_rule(scheduler):
    with pytest.raises(RepriseError, match="local or tcp://host:port") as raised:
        check_scheduler(scheduler)
    assert f"got '{scheduler}'" in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_scheduler_that_answers_is_accepted(host):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        check_scheduler(f"tcp://{host}:{listening.getsockname()[1]}")


@pytest.mark.parametrize(
    "scheduler", ["tcp://127.0.0.1:9", "tcp://dask.team-a.invalid:8786", "tcp://[::1]:9"]
)
def test_a_scheduler_that_does_not_answer_is_an_error_at_once(scheduler):
    started = time.monotonic()
    with pytest.raises(RepriseError, match="a running Dask scheduler") as raised:
        check_scheduler(scheduler)
    assert f"got '{scheduler}'" in str(raised.value)
    assert time.monotonic() - started < 5


def test_a_malformed_scheduler_opens_no_pool():
    with pytest.raises(RepriseError, match="local or tcp://host:port"), open_pool(1, "nowhere"):
        pass


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"])
def test_whatever_else_listens_there_is_an_error_within_ten_seconds(said):
    with _speaker(said) as address:
        started = time.monotonic()
        with pytest.raises(RepriseError, match="no answer of one"), open_pool(1, address):
            pass
        assert time.monotonic() - started < 10


@contextmanager
def _speaker(said: bytes) -> Iterator[str]:
    """Something that speaks another protocol, or is silent; its address."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(said)
                while self.request.recv(65536):
                    pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


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
        run(search(family=failing(die_always)), numbers())


def test_known_trials_are_not_run_again_and_change_nothing():
    wanted = search(trials=9, batch=4)
    whole = run(wanted, numbers())
    known = {trial.number: trial for trial in whole.trials[:6]}
    new = [trial.params["alpha"] for trial in whole.trials[6:]]
    again = search(trials=9, batch=4, family=failing(partial(not_among, new)))
    with open_pool(1, "local") as pool:
        found = run_search(again, numbers(), pool, lambda trial: None, known)
    assert outcome(found) == outcome(whole)


def test_a_known_trial_of_other_parameters_is_not_taken():
    wanted = search()
    whole = run(wanted, numbers())
    strange = replace(whole.trials[2], params={"alpha": 0.5, "l1_ratio": 0.5}, value=0.0)
    with open_pool(1, "local") as pool:
        found = run_search(wanted, numbers(), pool, lambda trial: None, {2: strange})
    assert outcome(found) == outcome(whole)


def test_folds_follow_the_split_of_the_table():
    part = numbers()
    three = replace(part, blocks=np.arange(ROWS) // 30)
    by_time = run(search(trials=2, folds=5, split="time:when"), three)
    by_group = run(search(trials=2, folds=5, split="group:who"), three)
    assert {len(trial.fold_values) for trial in by_time.trials} == {2}
    assert {len(trial.fold_values) for trial in by_group.trials} == {3}


def test_every_metric_has_its_mean_over_the_folds():
    trial = run(search(folds=3), numbers()).trials[0]
    assert sorted(trial.means) == ["mae", "r2", "rmse"]
    assert trial.means["rmse"] == trial.value == np.mean(trial.fold_values)
