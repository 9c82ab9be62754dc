"""Predictions to metrics, and which of two values is better."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.errors import RepriseError
from reprise.predictor import TabularModel, labels_of
from reprise.schema import Task

# Name -> whether a larger value is better. The first of each task is what `auto` means.
REGRESSION_METRICS = {"rmse": False, "mae": False, "r2": True}
CLASSIFICATION_METRICS = {"log_loss": False, "accuracy": True, "f1": True, "roc_auc": True}


@dataclass(frozen=True)
class Prediction:
    """What a model says of some rows.

    `values`, shape (rows,), are numbers or labels; `probabilities`, float64 of shape
    (rows, classes), go with `classes` and are None for regression.
    """

    values: np.ndarray
    probabilities: np.ndarray | None = None
    classes: list[Any] | None = None

    @property
    def numbers(self) -> np.ndarray:
        """The float64 numbers behind the prediction: what digests and bit comparison look at."""
        return self.values if self.probabilities is None else self.probabilities

    def to_frame(self, y: pd.Series) -> pd.DataFrame:
        """A table of the rows: actual, predicted, and a probability column per class."""
        columns: dict[str, Any] = {"actual": y.to_numpy(), "predicted": self.values}
        if self.probabilities is not None and self.classes is not None:
            for position, label in enumerate(self.classes):
                columns[f"probability of {label}"] = self.probabilities[:, position]
        return pd.DataFrame(columns)

    @classmethod
    def from_frame(cls, table: pd.DataFrame, classes: list[Any] | None) -> "Prediction":
        """The prediction that `to_frame` made a table of, with the labels in their own type."""
        if classes is None:
            return cls(table["predicted"].to_numpy("float64"))
        names = [f"probability of {label}" for label in classes]
        return as_prediction(table[names].to_numpy("float64"), classes)


def predict(model: TabularModel, X: pd.DataFrame) -> Prediction:
    """Predict raw rows: numbers, or labels with probabilities."""
    return as_prediction(model.outputs(X), model.classes)


def as_prediction(outputs: np.ndarray, classes: list[Any] | None) -> Prediction:
    """Outputs of a model, numbers (rows,) or probabilities (rows, classes), with their labels."""
    if classes is None:
        return Prediction(outputs)
    return Prediction(labels_of(outputs, classes), outputs, classes)


def metrics_of(task: Task) -> dict[str, bool]:
    """The metrics of a task, each with whether a larger value is better."""
    return REGRESSION_METRICS if task == "regression" else CLASSIFICATION_METRICS


def resolve_metric(metric: str, task: Task) -> str:
    """The metric that `metric` names for `task`; `auto` is rmse or log_loss.

    Raises RepriseError for a metric that the task does not have.
    """
    known = metrics_of(task)
    if metric == "auto":
        return next(iter(known))
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
    larger = {**REGRESSION_METRICS, **CLASSIFICATION_METRICS}[metric]
    return value > than if larger else value < than


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
