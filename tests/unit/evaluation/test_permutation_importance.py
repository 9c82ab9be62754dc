"""Permutation importance."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

from reprise.evaluation.permutation_importance import MAX_ROWS, permutation_importance
from reprise.predictor import PipelineModel

NAMES = ["ignored", "a bit", "much"]


def table(rows=200, names=NAMES):
    generator = np.random.default_rng(0)
    X = pd.DataFrame(generator.normal(size=(rows, 3)), columns=names)
    return X, X[names[1]] + 10 * X[names[2]]


def fitted(X, y, classes=None):
    used = make_column_transformer(("passthrough", list(X.columns[1:])))
    estimator = LinearRegression() if classes is None else LogisticRegression()
    kinds = dict.fromkeys(X.columns, "number")
    return PipelineModel(make_pipeline(used, estimator).fit(X, y), kinds, classes)


def measured(X, y, metric="rmse", seed=1, rows=None):
    rows = rows or len(X)
    return permutation_importance(
        fitted(X, y), "regression", X.head(rows), y.head(rows), metric, seed
    )


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_the_most_important_column_comes_first_and_an_ignored_one_has_none(metric):
    found = measured(*table(), metric)
    assert found.metric == metric
    assert found.table["column"].tolist() == ["much", "a bit", "ignored"]
    assert found.table["mean"].iloc[0] > found.table["mean"].iloc[1] > 0
    assert found.table.iloc[2, 1:].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("metric", "classes"),
    [("accuracy", ["no", "yes"]), ("log_loss", ["no", "yes"]), ("roc_auc", [False, True])],
)
def test_columns_of_a_classifier_are_measured_alike(metric, classes):
    X, numbers = table()
    y = pd.Series(np.where(numbers > 0, classes[1], classes[0]))
    found = permutation_importance(fitted(X, y, classes), "classification", X, y, metric, 1)
    assert found.table["column"].iloc[0] == "much"
    assert found.table.set_index("column")["mean"]["ignored"] == 0
    assert found.table["mean"].iloc[0] > 0.1


def test_shuffling_a_column_costs_what_the_formula_says():
    X, y = table(500)
    # Two independent draws of 10 x differ by 10 sqrt(2) standard deviations of x.
    expected = 10 * np.sqrt(2) * X["much"].std()
    assert measured(X, y).table["mean"].iloc[0] == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("rows", [50, MAX_ROWS + 300])
def test_equal_seeds_give_equal_importance_and_others_do_not(rows):
    X, y = table(rows)
    first, again, other = (measured(X, y, seed=seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_the_index_of_the_rows_does_not_count():
    X, y = table(50)
    moved = measured(X.set_axis(range(100, 150)), y.set_axis(range(100, 150)))
    pd.testing.assert_frame_equal(moved.table, measured(X, y).table)


def test_the_rows_are_left_as_they_were():
    X, y = table(50)
    before = X.copy()
    measured(X, y)
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize("name", ["a b", "größe", "<b>$x$", "self", "column", "mean", ""])
def test_columns_may_have_any_name(name):
    found = measured(*table(50, ["ignored", "a bit", name]))
    assert found.table["column"].iloc[0] == name


def test_one_row_has_no_importance_to_lose():
    assert measured(*table(50), rows=1).table["mean"].tolist() == [0, 0, 0]
