"""One decision tree (Breiman et al. 1984), scikit-learn's."""

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
    """Grow the tree; of equally good splits the seed chooses."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    tree = DecisionTreeClassifier if task == "classification" else DecisionTreeRegressor
    estimator = tree(
        max_depth=int(hyperparameters["max_depth"]),
        min_samples_leaf=int(hyperparameters["min_samples_leaf"]),
        random_state=options.seed,
    )
    return fit_estimator(estimator, train, task, hyperparameters["class_weight"])


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """Features, thresholds and values of every node."""
    tree = fitted.pipeline[-1].tree_
    yield tree.feature
    yield tree.threshold
    yield tree.value


FAMILY = Family(
    name="decision_tree",
    title="Decision tree",
    hyperparameters={
        "max_depth": Hyperparameter(6, 1, 100, "splits on the way to a leaf", (2, 10), grid=(3, 6)),
        "min_samples_leaf": Hyperparameter(
            10, 1, 1_000_000, "rows in a leaf at least", (1, 50), True, (3, 10, 30)
        ),
        "class_weight": CLASS_WEIGHT,
    },
    features=features.for_trees,
    learn=learn,
    learned=learned,
)
