"""Predictions to metrics, and which of two values is better."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.data.schema import Task
from reprise.errors import RepriseError
from reprise.evaluation.prediction import Prediction

# Name -> whether a larger value is better. The first of each task is what `auto` means.
REGRESSION_METRICS = {"rmse": False, "mae": False, "r2": True}
CLASSIFICATION_METRICS = {"log_loss": False, "accuracy": True, "f1": True, "roc_auc": True}
METRICS = REGRESSION_METRICS | CLASSIFICATION_METRICS


def metrics_of(task: Task | None) -> list[str]:
    """The metrics of a task, the one that `auto` means first; of None those of every task."""
    of_task = {"regression": REGRESSION_METRICS, "classification": CLASSIFICATION_METRICS}
    return list(METRICS if task is None else of_task[task])


def resolve_metric(metric: str, task: Task) -> str:
    """The metric that `metric` names for `task`; `auto` is rmse or log_loss.

    Raises RepriseError for a metric that the task does not have.
    """
    known = metrics_of(task)
    if metric == "auto":
        return known[0]
    if metric not in known:
        raise RepriseError(
            f"metric must be auto or one of {', '.join(known)} for {task}, "
            f"got '{metric}': choose one"
        )
    return metric


def is_better(metric: str, value: float, than: float) -> bool:
    """Whether `value` of `metric` beats `than`; anything beats NaN."""
    if np.isnan(value) or np.isnan(than):
        return bool(np.isnan(than) and not np.isnan(value))
    return value > than if larger_is_better(metric) else value < than


def larger_is_better(metric: str) -> bool:
    """Whether a larger value of a metric is better, as of a score, or worse, as of a loss."""
    return METRICS[metric]


def evaluate(task: Task, y: pd.Series, prediction: Prediction) -> dict[str, float]:
    """Metrics of a prediction; a metric that the rows leave undefined is not in the result.

    rmse, mae (unit of the target) and r2; or accuracy, f1 (macro), roc_auc (two classes: of the
    second; more: mean of each class against the rest) and log_loss (nats; probabilities clipped
    at 2.2e-16, rows of a class the model has never seen counting as that).
    """
    values = _regression(y, prediction) if task == "regression" else _classification(y, prediction)
    return {name: float(value) for name, value in values.items() if np.isfinite(value)}


def _regression(y: pd.Series, prediction: Prediction) -> dict[str, float]:
    from sklearn import metrics

    return {
        "rmse": metrics.root_mean_squared_error(y, prediction.values),
        "mae": metrics.mean_absolute_error(y, prediction.values),
        "r2": metrics.r2_score(y, prediction.values) if len(y) > 1 else np.nan,
    }


def _classification(y: pd.Series, prediction: Prediction) -> dict[str, float]:
    from sklearn import metrics

    if prediction.probabilities is None or prediction.classes is None:
        raise ValueError("metrics of classes need probabilities")
    actual, predicted = y.astype(str), pd.Series(prediction.values).astype(str)
    return {
        "accuracy": metrics.accuracy_score(actual, predicted),
        "f1": metrics.f1_score(actual, predicted, average="macro", zero_division=0),
        "roc_auc": _roc_auc(y.to_numpy(), prediction.probabilities, prediction.classes),
        "log_loss": _log_loss(y.to_numpy(), prediction.probabilities, prediction.classes),
    }


def _roc_auc(y: np.ndarray, probabilities: np.ndarray, classes: list[Any]) -> float:
    from sklearn.metrics import roc_auc_score

    positions = [1] if len(classes) == 2 else range(len(classes))
    scores = []
    for position in positions:
        positive = y == classes[position]
        if positive.any() and not positive.all():
            scores.append(roc_auc_score(positive, probabilities[:, position]))
    return float(np.mean(scores)) if scores else np.nan


def _log_loss(y: np.ndarray, probabilities: np.ndarray, classes: list[Any]) -> float:
    return float(log_losses(y, probabilities, classes).mean())


def log_losses(y: np.ndarray, probabilities: np.ndarray, classes: list[Any]) -> np.ndarray:
    """The log loss of each row in nats, shape (rows,), probabilities clipped at 2.2e-16."""
    position_of = {label: position for position, label in enumerate(classes)}
    positions = np.array([position_of.get(label, -1) for label in y.tolist()])
    chosen = probabilities[np.arange(len(y)), positions]
    smallest = np.finfo("float64").eps
    return np.asarray(-np.log(np.clip(np.where(positions < 0, 0.0, chosen), smallest, 1.0)))
