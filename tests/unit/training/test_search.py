"""A search over hyperparameters: its trials, what fails among them, and which is best."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from reprise.data.prepared_table import Part
from reprise.data.split_rule import Split
from reprise.errors import RepriseError
from reprise.training.search.pools import open_pool
from reprise.training.search.search import run_search
from reprise.training.search.trial import Trial
from tests.searches import (
    ROWS,
    always,
    classes,
    failing,
    half_absolute,
    not_among,
    numbers,
    outcome,
    run,
    search,
    slow_first,
    small_penalty,
)

pytestmark = pytest.mark.xdist_group("search")


def test_trials_are_told_in_the_order_they_were_proposed():
    seen: list[Trial] = []
    wanted = search(family=failing(slow_first), sampler="grid", trials=12, batch=6)
    result = run(wanted, numbers(), 2, seen)
    assert [trial.number for trial in seen] == list(range(12))
    assert result.trials == seen


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
    by_time = run(search(trials=2, folds=5, split=Split("time", "when")), three)
    by_group = run(search(trials=2, folds=5, split=Split("group", "who")), three)
    assert {len(trial.fold_values) for trial in by_time.trials} == {2}
    assert {len(trial.fold_values) for trial in by_group.trials} == {3}


def test_every_metric_has_its_mean_over_the_folds():
    trial = run(search(folds=3), numbers()).trials[0]
    assert sorted(trial.means) == ["mae", "r2", "rmse"]
    assert trial.means["rmse"] == trial.value == np.mean(trial.fold_values)
