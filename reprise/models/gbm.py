"""Gradient-boosted trees: LightGBM (Ke et al. 2017).

Chosen over XGBoost and scikit-learn's HistGradientBoosting in bench/gbm.py: lowest error, fastest
fit, documented to give the same trees with any number of threads, and saved as its own text.
"""

from collections.abc import Iterator

import numpy as np

from reprise.models import features
from reprise.models.family import (
    Examples,
    Family,
    FitOptions,
    Fitted,
    Hyperparameter,
    Hyperparameters,
    fit_pipeline,
)
from reprise.schema import Task


def fit(
    task: Task,
    train: Examples,
    validation: Examples | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Fitted:
    """Fit the trees; histograms are summed in row order whatever the threads."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    booster = LGBMClassifier if task == "classification" else LGBMRegressor
    estimator = booster(
        n_estimators=int(hyperparameters["n_estimators"]),
        learning_rate=float(hyperparameters["learning_rate"]),
        num_leaves=int(hyperparameters["num_leaves"]),
        min_child_samples=int(hyperparameters["min_child_samples"]),
        colsample_bytree=float(hyperparameters["colsample_bytree"]),
        subsample=float(hyperparameters["subsample"]),
        subsample_freq=1,
        reg_lambda=float(hyperparameters["reg_lambda"]),
        random_state=options.seed,
        n_jobs=options.threads,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    fitted = fit_pipeline(
        features.for_trees(options.seed), estimator, train, task == "classification"
    )
    fitted.pipeline[-1].set_params(n_jobs=1)
    return fitted


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """The trees as LightGBM's text, without the parameters that follow them."""
    text = fitted.pipeline[-1].booster_.model_to_string()
    yield text.partition("\nparameters:")[0]


FAMILY = Family(
    name="gbm",
    title="Gradient boosting",
    hyperparameters={
        "n_estimators": Hyperparameter(400, 1, 100_000, "trees", (100, 1500), True, (300, 900)),
        "learning_rate": Hyperparameter(
            0.05, 1e-6, 1.0, "weight of each tree", (0.01, 0.2), True, (0.03, 0.1)
        ),
        "num_leaves": Hyperparameter(
            31, 2, 10_000, "leaves of a tree at most", (7, 127), True, (15, 63)
        ),
        "min_child_samples": Hyperparameter(
            20, 1, 1_000_000, "rows in a leaf at least", (3, 60), True, (20,)
        ),
        "colsample_bytree": Hyperparameter(
            0.8, 1e-3, 1.0, "share of features each tree sees", (0.4, 1.0), grid=(0.8,)
        ),
        "subsample": Hyperparameter(
            0.9, 1e-3, 1.0, "share of rows each tree sees", (0.5, 1.0), grid=(0.9,)
        ),
        "reg_lambda": Hyperparameter(
            1.0, 0.0, 1e6, "squared penalty on leaf values", (1e-3, 30.0), True, (1.0,)
        ),
    },
    fit=fit,
    learned=learned,
    requirements=("lightgbm",),
)
