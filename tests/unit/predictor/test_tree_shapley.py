"""Shapley values of trees, against those counted out from their definition."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from reprise.predictor.tree_shapley import TreeShapley
from reprise.predictor.trees import Trees, trees_of

FEATURES = 5


def rows_of(count: int, seed: int = 0) -> np.ndarray:
    """Features with gaps, as float32 has them; the last one means nothing."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, FEATURES)).round(1).astype("float32").astype("float64")
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows


def target_of(rows: np.ndarray) -> np.ndarray:
    known = np.nan_to_num(rows)
    return known[:, 0] * 2 + known[:, 1] * known[:, 2] + np.sin(known[:, 3]) + np.isnan(rows[:, 0])


def labels_of(rows: np.ndarray, classes: int) -> np.ndarray:
    return np.digitize(target_of(rows), [0.0, 1.5][: classes - 1])


def grown(kind: str, seed: int = 0):
    """A fitted ensemble, and what it gives for rows before it becomes a probability."""
    rows = rows_of(300, seed)
    if kind == "numbers boosted":
        booster = HistGradientBoostingRegressor(max_iter=5, max_leaf_nodes=9, min_samples_leaf=5)
        booster.fit(rows, target_of(rows))
        return booster, lambda X: booster.predict(X)[:, np.newaxis]
    if kind.endswith("classes boosted"):
        classifier = HistGradientBoostingClassifier(max_iter=3, max_leaf_nodes=7)
        classifier.fit(rows, labels_of(rows, int(kind[0])))
        return classifier, lambda X: classifier.decision_function(X).reshape(len(X), -1)
    if kind == "numbers of a forest":
        forest = RandomForestRegressor(4, max_depth=6, random_state=0).fit(rows, target_of(rows))
        return forest, lambda X: forest.predict(X)[:, np.newaxis]
    found = RandomForestClassifier(4, max_depth=6, random_state=0)
    found.fit(rows, labels_of(rows, int(kind[0])))
    return (
        found,
        lambda X: found.predict_proba(X)[:, -1:] if kind[0] == "2" else (found.predict_proba(X)),
    )


KINDS = [
    "numbers boosted",
    "2 classes boosted",
    "3 classes boosted",
    "numbers of a forest",
    "2 classes of a forest",
    "3 classes of a forest",
]


def value(trees: Trees, node: int, row: np.ndarray, known: frozenset[int]) -> np.ndarray:
    """What a tree gives for a row of which only some features are known."""
    left, right, feature = trees.left[node], trees.right[node], trees.feature[node]
    if left < 0:
        return trees.values[node]
    if feature in known:
        x = np.float32(row[feature]) if trees.dtype == "float32" else row[feature]
        goes = trees.missing_left[node] if np.isnan(x) else x <= trees.threshold[node]
        return value(trees, left if goes else right, row, known)
    return sum(
        trees.covers[child] / trees.covers[node] * value(trees, child, row, known)
        for child in (left, right)
    )


def counted_out(trees: Trees, row: np.ndarray) -> np.ndarray:
    """Shapley values by their definition: a sum over every set of the other features."""
    found = np.zeros((FEATURES, trees.values.shape[1]))
    for feature in range(FEATURES):
        others = [each for each in range(FEATURES) if each != feature]
        for size in range(FEATURES):
            weight = factorial(size) * factorial(FEATURES - size - 1) / factorial(FEATURES)
            for chosen in map(frozenset, combinations(others, size)):
                for root in trees.roots:
                    found[feature] += weight * (
                        value(trees, root, row, chosen | {feature})
                        - value(trees, root, row, chosen)
                    )
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_what_the_definition_says(kind):
    trees = trees_of(grown(kind)[0])
    rows = rows_of(6, seed=1)
    found = TreeShapley(trees, np.arange(FEATURES), FEATURES).contributions(rows)
    for row, each in zip(rows, found, strict=True):
        np.testing.assert_allclose(each, counted_out(trees, row), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 99), count=st.integers(1, 150))
def test_they_add_up_to_the_output_minus_the_base(kind, seed, count):
    ensemble, outputs = grown(kind, seed % 3)
    rows = rows_of(count, seed)
    shapley = TreeShapley(trees_of(ensemble), np.arange(FEATURES), FEATURES)
    total = shapley.contributions(rows).sum(axis=1) + shapley.base
    np.testing.assert_allclose(total, outputs(rows), atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_has_the_sum_of_its_features_and_one_without_any_has_nothing(kind):
    trees, rows = trees_of(grown(kind)[0]), rows_of(20, seed=2)
    alone = TreeShapley(trees, np.arange(FEATURES), FEATURES).contributions(rows)
    found = TreeShapley(trees, np.array([1, 3, 1, 0, 3]), 4).contributions(rows)
    np.testing.assert_allclose(found[:, 1], alone[:, 0] + alone[:, 2], atol=1e-12)
    np.testing.assert_allclose(found[:, 3], alone[:, 1] + alone[:, 4], atol=1e-12)
    np.testing.assert_allclose(found[:, 0], alone[:, 3], atol=1e-12)
    assert not found[:, 2].any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("leaves", [6, 40])
def test_a_row_has_the_same_bits_in_any_company(kind, leaves):
    ensemble = grown(kind)[0]
    if kind == "numbers boosted":
        rows = rows_of(2000)
        ensemble = HistGradientBoostingRegressor(
            max_iter=4, max_leaf_nodes=leaves, min_samples_leaf=5
        ).fit(rows, target_of(rows))
    shapley = TreeShapley(trees_of(ensemble), np.arange(FEATURES), FEATURES)
    rows = rows_of(700, seed=3)
    together = shapley.contributions(rows)
    for chosen in ([0], [699], [5, 600], range(63), range(64), range(100, 400)):
        assert np.array_equal(shapley.contributions(rows[chosen]), together[chosen])


def test_features_that_mean_the_same_contribute_the_same():
    one, other = np.meshgrid([0.0, 1.0], [0.0, 1.0])
    trees = Trees(
        feature=np.array([0, 1, -1, -1, 1, -1, -1]),
        threshold=np.full(7, 0.5),
        missing_left=np.zeros(7, dtype=bool),
        left=np.array([1, 2, -1, -1, 5, -1, -1]),
        right=np.array([4, 3, -1, -1, 6, -1, -1]),
        covers=np.array([8.0, 4, 2, 2, 4, 2, 2]),
        values=np.array([[0.0], [0], [1], [2], [0], [2], [7]]),
        roots=np.array([0]),
        start=np.zeros(1),
    )
    rows = np.stack([one.ravel(), other.ravel()], axis=1)
    found = TreeShapley(trees, np.arange(2), 2).contributions(rows)[:, :, 0]
    np.testing.assert_allclose(found[:, 0][[0, 3]], found[:, 1][[0, 3]], atol=1e-12)
    np.testing.assert_allclose(found[1], found[2][::-1], atol=1e-12)


def test_trees_of_one_leaf_contribute_nothing():
    rows = rows_of(30)
    forest = RandomForestRegressor(3, min_samples_leaf=25).fit(rows, target_of(rows))
    shapley = TreeShapley(trees_of(forest), np.arange(FEATURES), FEATURES)
    assert not shapley.contributions(rows).any()
    np.testing.assert_allclose(forest.predict(rows), shapley.base[0])
    assert shapley.contributions(rows[:0]).shape == (0, FEATURES, 1)


def test_a_long_way_loses_no_digits():
    random = np.random.default_rng(5)
    rows = random.normal(size=(600, 40)).astype("float32").astype("float64")
    forest = RandomForestRegressor(2, random_state=0).fit(rows, rows @ random.normal(size=40))
    trees = trees_of(forest)
    assert max(len(set(trees.feature[trees.left >= 0])), 30) > 30
    shapley = TreeShapley(trees, np.arange(40), 40)
    found = shapley.contributions(rows[:20]).sum(axis=1) + shapley.base
    np.testing.assert_allclose(found[:, 0], forest.predict(rows[:20]), atol=1e-11)


def test_what_is_no_ensemble_of_trees_has_none():
    assert trees_of(None) is None
    rows = rows_of(60)
    poisson = HistGradientBoostingRegressor(loss="poisson", max_iter=2)
    assert trees_of(poisson.fit(rows, np.abs(target_of(rows)))) is None
