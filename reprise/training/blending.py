"""A blend of candidates: how much of each, and what that is worth on rows it was not chosen by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reprise.data.prepared_table import Part
from reprise.data.schema import Task
from reprise.evaluation.prediction import Prediction
from reprise.predictor import blended

ROUNDS = 50
FOLDS = 5
# More rows would not move a handful of weights.
_MOST_ROWS = 50_000
_SMALLEST = np.finfo("float64").eps

# Evidence of a blend, float64 (rows,), to its mean loss.
Loss = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Weighing:
    """Weights of the candidates, in their order: at least 0, sum 1.

    `cross_fitted` are outputs for every row, each blended with the weights that were found on the
    folds that it is not in: what is measured on those is honest.
    """

    weights: list[float]
    cross_fitted: np.ndarray


def weigh(
    task: Task, metric: str, rows: Part, predictions: Sequence[Prediction], seed: int
) -> Weighing:
    """Find weights for candidates by what they say of the same `rows`.

    They are chosen by absolute error for mae, by squared error for other metrics of numbers, and
    by log loss for all of classes, as it says most of each row. Where one candidate gets all the
    weight, the blend is that candidate, and so are its outputs.
    """
    y, outputs = rows.y, [prediction.numbers for prediction in predictions]
    evidence = np.stack([_evidence(y, prediction) for prediction in predictions])
    loss = _loss(task, metric)
    weights = find_weights(evidence, loss, seed)
    if max(weights) == 1.0:
        return Weighing(weights, outputs[weights.index(1.0)])
    cross_fitted = np.empty_like(outputs[0])
    folds = deal_folds(rows, task, seed)
    for fold in range(folds.max() + 1):
        held = folds == fold
        found = find_weights(evidence[:, ~held], loss, seed)
        cross_fitted[held] = blended([each[held] for each in outputs], found)
    return Weighing(weights, cross_fitted)


def find_weights(evidence: np.ndarray, loss: Loss, seed: int) -> list[float]:
    """Weights by forward selection with replacement (Caruana et al. 2004, "Ensemble selection").

    `evidence`, float64 (candidates, rows), blends as outputs do. The candidate that lowers the
    loss most is added, 50 times; the weights are its shares where the loss was lowest. Of equals,
    the first candidate and the fewest rounds.
    """
    candidates, rows = evidence.shape
    if rows > _MOST_ROWS:
        chosen = np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False)
        evidence = evidence[:, chosen]
    total, counts = np.zeros(evidence.shape[1]), np.zeros(candidates, dtype="int64")
    best, lowest = counts, np.inf
    for number in range(1, ROUNDS + 1):
        losses = [loss((total + each) / number) for each in evidence]
        added = int(np.argmin(losses))
        total = total + evidence[added]
        counts = counts + (np.arange(candidates) == added)
        if losses[added] < lowest:
            best, lowest = counts, losses[added]
    return [float(share) for share in best / best.sum()]


def deal_folds(rows: Part, task: Task, seed: int) -> np.ndarray:
    """The fold of each row, int64 (rows,), dealt in random order.

    Groups, or equal times, stay together where the table was split by those; else classes are
    dealt one after the other.
    """
    if rows.blocks is not None and len(np.unique(rows.blocks)) > 1:
        found, codes = np.unique(rows.blocks, return_inverse=True)
        return _dealt(np.random.default_rng(seed).permutation(len(found)))[codes]
    order = np.random.default_rng(seed).permutation(len(rows.y))
    if task == "classification":
        codes = pd.factorize(rows.y, sort=True)[0]
        order = order[np.argsort(codes[order], kind="stable")]
    return _dealt(order)


def _dealt(order: np.ndarray) -> np.ndarray:
    """The fold of each of these positions, int64 (positions,): one after the other in turn."""
    folds = np.empty(len(order), dtype="int64")
    folds[order] = np.arange(len(order)) % min(FOLDS, len(order))
    return folds


def _evidence(y: pd.Series, prediction: Prediction) -> np.ndarray:
    """Of each row the error, or the probability of the actual label."""
    if prediction.probabilities is None or prediction.classes is None:
        return np.asarray(prediction.values - y.to_numpy(), dtype="float64")
    positions = pd.Index(prediction.classes).get_indexer(pd.Index(y))
    chosen = prediction.probabilities[np.arange(len(y)), positions]
    return np.where(positions < 0, 0.0, chosen)


def _loss(task: Task, metric: str) -> Loss:
    if task == "classification":
        return lambda chances: float(-np.log(np.maximum(chances, _SMALLEST)).mean())
    if metric == "mae":
        return lambda errors: float(np.abs(errors).mean())
    return lambda errors: float((errors**2).mean())
