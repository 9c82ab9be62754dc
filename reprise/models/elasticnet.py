"""Linear models with an elastic-net penalty: least squares, and logistic regression for classes."""

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
    """Fit on scaled features; `alpha` weighs the penalty against the mean loss of a row.

    Minimises mean loss + alpha * (l1_ratio * |w|_1 + (1 - l1_ratio) / 2 * |w|_2^2) with the
    target scaled to unit variance, as in Friedman, Hastie and Tibshirani (2010), "Regularization
    paths for generalized linear models via coordinate descent".
    """
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import ElasticNet, LogisticRegression
    from sklearn.preprocessing import StandardScaler

    alpha, l1_ratio = hyperparameters["alpha"], hyperparameters["l1_ratio"]
    if task == "classification":
        estimator = LogisticRegression(
            C=1 / (alpha * len(train.y)),
            l1_ratio=l1_ratio,
            solver="saga",
            tol=1e-3,
            max_iter=int(hyperparameters["max_iter"]),
            random_state=options.seed,
        )
    else:
        linear = ElasticNet(
            alpha=alpha,
            l1_ratio=l1_ratio,
            max_iter=int(hyperparameters["max_iter"]),
            random_state=options.seed,
        )
        estimator = TransformedTargetRegressor(linear, transformer=StandardScaler())
    return fit_estimator(estimator, train, task, hyperparameters["class_weight"])


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """Coefficients and intercepts."""
    estimator = fitted.pipeline[-1]
    linear = getattr(estimator, "regressor_", estimator)
    yield np.asarray(linear.coef_, dtype="float64")
    yield np.asarray(linear.intercept_, dtype="float64")


FAMILY = Family(
    name="elasticnet",
    title="Elastic net",
    hyperparameters={
        "alpha": Hyperparameter(
            0.001,
            1e-10,
            1e6,
            "weight of the penalty",
            (1e-6, 1.0),
            True,
            (0.0001, 0.001, 0.01, 0.1),
        ),
        "l1_ratio": Hyperparameter(
            0.5, 0.0, 1.0, "share of the absolute penalty", (0.0, 1.0), False, (0.1, 0.5, 0.9)
        ),
        "max_iter": Hyperparameter(1000, 1, 1_000_000, "iterations at most"),
        "class_weight": CLASS_WEIGHT,
    },
    features=features.scaled,
    learn=learn,
    learned=learned,
)
