"""Gradient-boosted trees: scikit-learn's histogram gradient boosting (after Ke et al. 2017).

Chosen over XGBoost and LightGBM in bench/gbm.py: the errors of the three lie within a few percent
of each other and take turns, each gives the same trees with any number of threads, but this one
needs no system library (LightGBM's wheel lacks libgomp), has wheels for every platform in one
package, and is saved as scikit-learn's own types.
"""

from collections.abc import Iterator

import numpy as np

from reprise.models import features
from reprise.models.family import (
    Family,
    FitOptions,
    Fitted,
    Hyperparameter,
    Hyperparameters,
    Learned,
    Numbers,
    fit_estimator,
)
from reprise.predictor import numeric_libraries
from reprise.schema import Task


def learn(
    task: Task,
    train: Numbers,
    validation: Numbers | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Learned:
    """Fit the trees; each histogram is summed in row order whatever the threads."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    classes = task == "classification"
    booster = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    estimator = booster(
        max_iter=int(hyperparameters["n_estimators"]),
        learning_rate=float(hyperparameters["learning_rate"]),
        max_leaf_nodes=int(hyperparameters["max_leaf_nodes"]),
        min_samples_leaf=int(hyperparameters["min_samples_leaf"]),
        max_features=float(hyperparameters["max_features"]),
        l2_regularization=float(hyperparameters["l2_regularization"]),
        early_stopping=False,
        random_state=options.seed,
    )
    with numeric_libraries().limit(limits=options.threads, user_api="openmp"):
        return fit_estimator(estimator, train, task)


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """The baseline, and features, thresholds and values of every node, tree by tree."""
    booster = fitted.pipeline[-1]
    yield np.asarray(booster._baseline_prediction, dtype="float64")
    for stage in booster._predictors:
        for tree in stage:
            for field in ("feature_idx", "num_threshold", "left", "right", "value"):
                yield np.ascontiguousarray(tree.nodes[field])


FAMILY = Family(
    name="gbm",
    title="Gradient boosting",
    hyperparameters={
        "n_estimators": Hyperparameter(
            300, 1, 100_000, "trees (of each class)", (50, 1000), True, (150, 600)
        ),
        "learning_rate": Hyperparameter(
            0.05, 1e-6, 1.0, "weight of each tree", (0.01, 0.3), True, (0.03, 0.1)
        ),
        "max_leaf_nodes": Hyperparameter(
            31, 2, 10_000, "leaves of a tree at most", (4, 127), True, (15, 63)
        ),
        "min_samples_leaf": Hyperparameter(
            20, 1, 1_000_000, "rows in a leaf at least", (2, 60), True
        ),
        "max_features": Hyperparameter(
            0.8, 1e-6, 1.0, "share of features tried at a split", (0.3, 1.0)
        ),
        "l2_regularization": Hyperparameter(
            0.1, 0.0, 1e6, "squared penalty on leaf values", (1e-3, 30.0), True
        ),
    },
    features=features.for_trees,
    learn=learn,
    learned=learned,
)
