"""Batches in which only the better half goes on after each fold."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from reprise.models.families import get_family
from reprise.training.search.pools import open_pool
from reprise.training.search.search import run_search
from reprise.training.search.trial import Search, Trial
from tests.searches import (
    cheap,
    classes,
    failing,
    half_absolute,
    not_among,
    numbers,
    outcome,
    run,
    search,
)

pytestmark = pytest.mark.xdist_group("search")


def halving(**changed) -> Search:
    usual = {"pruner": "halving", "trials": 12, "batch": 4, "folds": 4}
    return search(**{**usual, **changed})


def batches(trials: list[Trial], size: int = 4) -> list[list[Trial]]:
    return [trials[start : start + size] for start in range(0, len(trials), size)]


@pytest.mark.parametrize(
    ("metric", "part", "task", "larger"),
    [("rmse", numbers, "regression", False), ("roc_auc", classes, "classification", True)],
)
def test_the_better_half_of_a_batch_goes_on_after_each_fold(metric, part, task, larger):
    result = run(halving(metric=metric, task=task), part())
    for batch in batches(result.trials):
        assert sorted(len(trial.fold_values) for trial in batch) == [1, 1, 2, 4]
        for folds in (1, 2):
            means = [np.mean(t.fold_values[:folds]) for t in batch if len(t.fold_values) > folds]
            out = [np.mean(t.fold_values) for t in batch if len(t.fold_values) == folds]
            assert min(means) >= max(out) if larger else max(means) <= min(out)


def test_a_pruned_trial_says_why_and_has_an_estimate_but_no_value():
    result = run(halving(trials=4), numbers())
    [best] = [trial for trial in result.trials if not trial.pruned]
    assert result.best == best
    assert best.reason is None
    pruned = [trial for trial in result.trials if trial.pruned]
    assert sorted(trial.reason for trial in pruned) == [
        "pruned: 2 of 2 in its batch after 2 of 4 folds",
        "pruned: 3 of 4 in its batch after 1 of 4 folds",
        "pruned: 4 of 4 in its batch after 1 of 4 folds",
    ]
    for trial in pruned:
        assert math.isnan(trial.value)
        assert not trial.means
        shared = np.mean(best.fold_values[: len(trial.fold_values)])
        assert trial.estimate - best.value == pytest.approx(np.mean(trial.fold_values) - shared)
        assert trial.estimate >= best.value


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_two_workers_prune_what_one_worker_prunes(sampler):
    wanted = halving(sampler=sampler, trials=14)
    assert outcome(run(wanted, numbers(), 2)) == outcome(run(wanted, numbers(), 1))


def test_a_grid_and_a_batch_of_one_are_measured_on_every_fold():
    for wanted in (halving(sampler="grid"), halving(batch=1, trials=3)):
        trials = run(wanted, numbers()).trials
        assert [len(trial.fold_values) for trial in trials] == [4] * len(trials)


def test_a_failing_trial_takes_no_place_of_others():
    family = failing(half_absolute)  # the defaults, first of the first batch, fail
    first, *others = run(halving(family=family, trials=4), numbers()).trials
    assert first.reason.startswith("ValueError")
    assert not first.pruned
    assert sorted(len(trial.fold_values) for trial in others) == [1, 2, 4]


def test_known_trials_pruned_or_not_are_not_run_again_and_change_nothing():
    wanted = halving()
    whole = run(wanted, numbers())
    known = {t.number: replace(t, estimate=math.nan) for t in whole.trials[:6]}
    new = [trial.params["alpha"] for trial in whole.trials[6:]]
    again = replace(wanted, family=failing(partial(not_among, new)))
    with open_pool(1, "local") as pool:
        found = run_search(again, numbers(), pool, lambda trial: None, known)
    assert outcome(found) == outcome(whole)
    assert [t.estimate for t in found.trials] == [t.estimate for t in whole.trials]


def test_folds_settle_the_number_of_trees_together():
    family = cheap("gbm")
    few = replace(family.hyperparameters["n_estimators"], default=40)
    family = replace(family, hyperparameters={**family.hyperparameters, "n_estimators": few})
    for trial in run(search(family=family, trials=3), numbers()).trials:
        assert "n_estimators" not in trial.params
        assert 1 <= trial.settled["n_estimators"] <= 40
        assert trial.chosen == {**trial.params, **trial.settled}


def test_the_starts_of_a_family_follow_the_defaults():
    family = replace(cheap("gbm"), starts=get_family("gbm").starts)
    trials = run(search(family=family, trials=4, batch=4), numbers()).trials
    defaults = {name: value.default for name, value in family.space("rmse").items()}
    expected = [{**defaults, **start} for start in ({}, *family.starts)]
    assert [trial.params for trial in trials] == expected


def test_classes_are_weighted_in_a_search_for_f1_only():
    space = get_family("elasticnet").space
    assert "class_weight" not in space("log_loss")
    for trial in run(search(task="classification", metric="f1", trials=3), classes()).trials:
        assert 0 <= trial.params["class_weight"] <= 1
