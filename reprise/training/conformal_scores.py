"""How far a model is off on rows that it has not learned from, as what bounds its predictions."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.data.digests import digest_arrays
from reprise.data.prepared_table import Part
from reprise.data.schema import Task
from reprise.evaluation.prediction import Prediction
from reprise.predictor import Conformal, Difficulty, inputs_of, trees_of
from reprise.training.blending import deal_folds

# More would not move a quantile, and each of them travels with the model.
_MOST_ROWS = 20_000
# Fewer say nothing of where errors are larger.
_FEWEST_ROWS = 100
_TREES, _FEWEST_IN_LEAF, _LEAVES = 50, 10, 15
# What is taken for hardly any error, as a share of the mean.
_LEAST = 0.1


def conformal_of(task: Task, rows: Part, prediction: Prediction, seed: int) -> Conformal:
    """The scores of `rows`, which the model of this prediction has not learned from.

    Errors of numbers are divided by what a small forest expects of the row, where that describes
    them better: the likelihood of Laplace's distribution decides, out of fold. The forest that
    divides a row's error has not seen the row, so the scores are like those of further rows.
    """
    rows, prediction = _some(rows, prediction, seed)
    if task == "classification":
        return Conformal(np.sort(1.0 - _chances(rows.y, prediction)))
    errors = np.abs(rows.y.to_numpy("float64") - prediction.values)
    if len(errors) < _FEWEST_ROWS or not errors.any():
        return Conformal(np.sort(errors))
    inputs = inputs_of(rows.X, prediction.values)
    folds = deal_folds(rows, task, seed)
    expected, constant = np.empty(len(errors)), np.empty(len(errors))
    for fold in range(folds.max() + 1):
        held = folds == fold
        found = _difficulty(inputs[~held], errors[~held], seed)
        expected[held] = found.of(rows.X[held], prediction.values[held])
        constant[held] = max(errors[~held].mean(), found.least)
    if _unlikeliness(errors, constant) <= _unlikeliness(errors, expected):
        return Conformal(np.sort(errors))
    return Conformal(np.sort(errors / expected), _difficulty(inputs, errors, seed))


def digest_conformal(found: Conformal) -> str:
    """Digest of its scores and of what divides them."""
    arrays = {} if found.difficulty is None else found.difficulty.arrays
    return digest_arrays([found.scores, *arrays.values()])


def _some(rows: Part, prediction: Prediction, seed: int) -> tuple[Part, Prediction]:
    if len(rows.y) <= _MOST_ROWS:
        return rows, prediction
    chosen = np.random.default_rng(seed).choice(len(rows.y), _MOST_ROWS, replace=False)
    chosen.sort()
    blocks = None if rows.blocks is None else rows.blocks[chosen]
    return Part(rows.X.iloc[chosen], rows.y.iloc[chosen], blocks), prediction.at(chosen)


def _chances(y: pd.Series, prediction: Prediction) -> np.ndarray:
    """The probability of the actual label of each row; 0 for one that the model does not know."""
    known: list[Any] = prediction.classes or []
    places = pd.Index(known).get_indexer(pd.Index(y))
    found = prediction.numbers[np.arange(len(y)), places]
    return np.where(places < 0, 0.0, found)


def _difficulty(inputs: np.ndarray, errors: np.ndarray, seed: int) -> Difficulty:
    """A forest of few, large leaves, fitted to the errors."""
    from sklearn.ensemble import RandomForestRegressor

    leaf = max(_FEWEST_IN_LEAF, len(errors) // _LEAVES)
    forest = RandomForestRegressor(
        _TREES, min_samples_leaf=leaf, max_features=0.5, random_state=seed
    )
    forest.fit(inputs, errors)
    trees = trees_of(forest)
    assert trees is not None
    return Difficulty(trees, float(_LEAST * errors.mean()))


def _unlikeliness(errors: np.ndarray, scale: np.ndarray) -> float:
    """The mean negative log-likelihood of errors of these scales, up to a constant."""
    return float((np.log(scale) + errors / scale).mean())
