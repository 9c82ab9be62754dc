"""What reaches into scikit-learn: that it works, and that it is needed."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from reprise.models.sklearn_internals import drop_stages, learned_trees


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(200, 3))
    return X, X[:, 0] + generator.normal(size=200)


@pytest.fixture
def booster(rows) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        max_iter=200, early_stopping=True, n_iter_no_change=10, random_state=0
    ).fit(*rows)


def test_scikit_learn_keeps_the_stages_after_the_best(booster, rows):
    best = int(np.argmax(booster.validation_score_))
    assert booster.n_iter_ == best + 10
    at_best = list(booster.staged_predict(rows[0]))[best - 1]
    assert not np.array_equal(booster.predict(rows[0]), at_best)
    drop_stages(booster, best)
    assert np.array_equal(booster.predict(rows[0]), at_best)
    assert booster.n_iter_ == best
    assert len(booster.train_score_) == len(booster.validation_score_) == best + 1


def test_the_trees_are_all_that_predictions_come_from(booster, rows):
    baseline, *trees = learned_trees(booster)
    predicted = np.full(len(rows[0]), baseline.item())
    for nodes in trees:
        predicted += [_leaf(nodes, row) for row in rows[0]]
    np.testing.assert_allclose(predicted, booster.predict(rows[0]))


def _leaf(nodes: np.ndarray, row: np.ndarray) -> float:
    node = nodes[0]
    while not node["is_leaf"]:
        goes_left = row[node["feature_idx"]] <= node["num_threshold"]
        node = nodes[node["left"] if goes_left else node["right"]]
    return float(node["value"])


def test_scikit_learn_shows_no_tree_under_a_public_name(booster):
    public = {name for name in vars(booster) if not name.startswith("_")}
    assert not {"predictors_", "trees_", "estimators_", "baseline_prediction_"} & public
