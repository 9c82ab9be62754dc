"""What forests of trees share, however their splits are found: scikit-learn's."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from reprise.data.schema import Task
from reprise.models.family import (
    FitOptions,
    Fitted,
    Hyperparameters,
    Learned,
    Numbers,
    fit_estimator,
)


def fit_forest(
    forest: Any, task: Task, train: Numbers, hyperparameters: Hyperparameters, options: FitOptions
) -> Learned:
    """Fit a forest of this class; trees are seeded one by one, so threads do not change them."""
    estimator = forest(
        n_estimators=int(hyperparameters["n_estimators"]),
        max_features=float(hyperparameters["max_features"]),
        min_samples_leaf=int(hyperparameters["min_samples_leaf"]),
        random_state=options.seed,
        n_jobs=options.threads,
    )
    found = fit_estimator(estimator, train, task, hyperparameters["class_weight"])
    # With several threads, predictions are summed in the order in which trees finish.
    estimator.set_params(n_jobs=1)
    return found


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """Features, thresholds and values of every node, tree by tree."""
    for tree in fitted.pipeline[-1].estimators_:
        yield tree.tree_.feature
        yield tree.tree_.threshold
        yield tree.tree_.value
