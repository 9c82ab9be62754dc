"""Weights of a blend: what they are found by, and that what they are worth is told honestly."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.prepared_table import Part
from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import Prediction, as_prediction
from reprise.training.blending import FOLDS, deal_folds, find_weights, weigh

ROWS = 300


def squared(errors: np.ndarray) -> float:
    return float((errors**2).mean())


def numbers(seed: int = 1, spreads: tuple[float, ...] = (1.0, 1.0)) -> tuple:
    """A target, and predictions of it that are off by normal errors of these spreads."""
    random = np.random.default_rng(seed)
    y = pd.Series(random.normal(0, 3, ROWS))
    return y, [Prediction(y.to_numpy() + random.normal(0, spread, ROWS)) for spread in spreads]


def labels(names: list[str], seed: int = 1, candidates: int = 3) -> tuple:
    """Labels, and predictions that know something of them."""
    random = np.random.default_rng(seed)
    y = pd.Series(random.choice(names, ROWS))
    actual = y.to_numpy()[:, np.newaxis] == np.array(names)
    found = []
    for _ in range(candidates):
        powers = np.exp(actual * 1.5 + random.normal(0, 1, actual.shape))
        found.append(as_prediction(powers / powers.sum(axis=1, keepdims=True), names))
    return y, found


def rows_of(y: pd.Series, blocks: np.ndarray | None = None) -> Part:
    """Rows with these targets, and nothing else."""
    return Part(pd.DataFrame(index=y.index), y, blocks)


def test_errors_that_cancel_out_are_blended_half_and_half():
    y = pd.Series(np.arange(20.0))
    off = np.tile([1.0, -1.0], 10)
    found = weigh("regression", "rmse", rows_of(y), [Prediction(y + off), Prediction(y - off)], 1)
    assert found.weights == [0.5, 0.5]
    assert np.allclose(found.cross_fitted, y)


def test_weights_are_those_of_least_squares_where_these_are_on_the_simplex():
    _, predictions = numbers(spreads=(1.0, 1.4, 2.0))
    y, _ = numbers(spreads=(1.0, 1.4, 2.0))
    errors = np.stack([each.values - y for each in predictions])
    inverse = np.linalg.solve(errors @ errors.T, np.ones(3))
    best = inverse / inverse.sum()
    assert (best > 0).all()
    assert np.abs(np.array(find_weights(errors, squared, 1)) - best).max() < 0.02


def test_a_candidate_that_adds_nothing_has_no_weight():
    y, predictions = numbers(spreads=(0.1, 0.1, 30.0))
    found = weigh("regression", "rmse", rows_of(y), predictions, 1)
    assert found.weights[2] == 0.0
    assert sum(found.weights) == pytest.approx(1.0)


def test_equal_candidates_leave_all_the_weight_and_the_very_outputs_to_the_first():
    y, (one, *_) = numbers()
    found = weigh("regression", "rmse", rows_of(y), [one, one, one], 1)
    assert found.weights == [1.0, 0.0, 0.0]
    assert np.array_equal(found.cross_fitted, one.values)


@pytest.mark.parametrize("names", [["no", "yes"], ["a", "b", "c"]])
def test_a_blend_of_classes_is_better_than_each_and_its_shares_sum_to_one(names):
    y, predictions = labels(names)
    found = weigh("classification", "log_loss", rows_of(y), predictions, 1)
    assert np.allclose(found.cross_fitted.sum(axis=1), 1.0)
    losses = [evaluate("classification", y, each)["log_loss"] for each in predictions]
    blend = as_prediction(found.cross_fitted, names)
    assert evaluate("classification", y, blend)["log_loss"] < min(losses)


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_no_row_has_a_say_in_the_weights_that_it_is_measured_with(task):
    regression = task == "regression"
    y, predictions = numbers(spreads=(1.0, 1.1, 1.2)) if regression else labels(["no", "yes"])
    metric = "rmse" if regression else "log_loss"
    folds = deal_folds(rows_of(y), task, 1)
    changed = predictions[0].numbers.copy()
    changed[7] = changed[7] + 3 if regression else changed[7][::-1]
    others = [as_prediction(changed, predictions[0].classes), *predictions[1:]]
    before, after = (weigh(task, metric, rows_of(y), each, 1) for each in (predictions, others))
    unlike = (before.cross_fitted != after.cross_fitted).reshape(ROWS, -1).any(axis=1)
    assert np.flatnonzero(unlike & (folds == folds[7])).tolist() == [7]
    assert before.weights != after.weights or unlike[folds != folds[7]].any()


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_groups_are_not_torn_apart(task):
    y = pd.Series(np.arange(ROWS) % 2)
    groups = np.random.default_rng(0).integers(0, 17, ROWS)
    folds = deal_folds(rows_of(y, groups), task, 1)
    assert sorted(set(folds)) == list(range(FOLDS))
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))


def test_rows_of_one_group_are_dealt_one_by_one():
    y = pd.Series(np.arange(20.0))
    folds = deal_folds(rows_of(y, np.zeros(20, dtype="int64")), "regression", 1)
    assert np.bincount(folds).tolist() == [4] * FOLDS


def test_what_a_blend_is_worth_is_not_flattered_by_candidates_of_chance():
    random = np.random.default_rng(3)
    y = pd.Series(random.normal(size=40))
    noise = [Prediction(random.normal(size=40)) for _ in range(30)]
    found = weigh("regression", "rmse", rows_of(y), noise, 1)
    own = np.stack([each.values - y for each in noise])
    flattered = squared(np.array(found.weights) @ own)
    assert squared(found.cross_fitted - y) > 1.3 * flattered


def test_mae_is_met_by_absolute_errors():
    y = pd.Series(np.zeros(100))
    steady = Prediction(np.full(100, 1.0))
    wild = Prediction(np.r_[np.zeros(90), np.full(10, 8.0)])
    by_mae, by_rmse = (
        weigh("regression", metric, rows_of(y), [steady, wild], 1).weights[0]
        for metric in ("mae", "rmse")
    )
    assert by_mae == 0.0
    assert by_rmse > 0.5


def test_folds_share_out_each_class_evenly_and_depend_on_the_seed_alone():
    y, _ = labels(["a", "b", "c"])
    folds = deal_folds(rows_of(y), "classification", 5)
    for name in "abc":
        counts = np.bincount(folds[y == name], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert np.array_equal(folds, deal_folds(rows_of(y), "classification", 5))
    assert not np.array_equal(folds, deal_folds(rows_of(y), "classification", 6))


def test_two_rows_are_enough():
    y = pd.Series([0.0, 1.0])
    found = weigh("regression", "rmse", rows_of(y), [Prediction(y + 1), Prediction(y - 1)], 1)
    assert found.cross_fitted.shape == (2,)


def test_a_label_that_no_candidate_knows_ends_nothing():
    y, predictions = labels(["no", "yes"])
    unheard = rows_of(y.where(y.index > 3, "new"))
    found = weigh("classification", "log_loss", unheard, predictions, 1)
    assert np.isfinite(found.cross_fitted).all()
