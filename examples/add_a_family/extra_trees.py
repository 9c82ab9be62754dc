"""Extremely randomized trees (Geurts et al. 2006), scikit-learn's."""

from collections.abc import Iterator

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


def learn(
    task: Task,
    train: Numbers,
    validation: Numbers | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Learned:
    """Fit the trees; they are seeded one by one, so threads do not change them."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    trees = ExtraTreesClassifier if task == "classification" else ExtraTreesRegressor
    estimator = trees(
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


FAMILY = Family(
    name="extra_trees",
    title="Extremely randomized trees",
    hyperparameters={
        "n_estimators": Hyperparameter(200, 1, 10_000, "trees", grid=(200,)),
        "max_features": Hyperparameter(
            1.0, 1e-6, 1.0, "share of features tried at a split", (0.1, 1.0), grid=(0.3, 0.6, 1.0)
        ),
        "min_samples_leaf": Hyperparameter(
            2, 1, 1_000_000, "rows in a leaf at least", (1, 20), True, (1, 2, 5)
        ),
        "class_weight": CLASS_WEIGHT,
    },
    features=features.for_trees,
    learn=learn,
    learned=learned,
)
