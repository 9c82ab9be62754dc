"""Random forests (Breiman 2001), scikit-learn's."""

from reprise.data.schema import Task
from reprise.models import features
from reprise.models.family import (
    CLASS_WEIGHT,
    Family,
    FitOptions,
    Hyperparameter,
    Hyperparameters,
    Learned,
    Numbers,
)
from reprise.models.forests import fit_forest, learned


def learn(
    task: Task,
    train: Numbers,
    validation: Numbers | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Learned:
    """Fit trees to rows drawn with replacement, each split the best of some features."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    forest = RandomForestClassifier if task == "classification" else RandomForestRegressor
    return fit_forest(forest, task, train, hyperparameters, options)


FAMILY = Family(
    name="rf",
    title="Random forest",
    hyperparameters={
        "n_estimators": Hyperparameter(200, 1, 10_000, "trees", grid=(200,)),
        "max_features": Hyperparameter(
            0.5, 1e-6, 1.0, "share of features tried at a split", (0.1, 1.0), grid=(0.3, 0.6, 1.0)
        ),
        "min_samples_leaf": Hyperparameter(
            3, 1, 1_000_000, "rows in a leaf at least", (1, 20), True, (1, 3, 10)
        ),
        "class_weight": CLASS_WEIGHT,
    },
    features=features.for_trees,
    learn=learn,
    learned=learned,
)
