"""Predictions to metrics."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from reprise.errors import RepriseError
from reprise.evaluation.metrics import evaluate, is_better, metrics_of, resolve_metric
from reprise.evaluation.prediction import Prediction

Y = pd.Series([1.0, 2.0, 4.0], index=[9, 5, 7])


def classified(labels, probabilities, classes):
    probabilities = np.array(probabilities, dtype="float64")
    return Prediction(np.array(labels), probabilities, classes)


def test_metrics_of_numbers_are_those_of_their_formulas():
    found = evaluate("regression", Y, Prediction(np.array([2.0, 2.0, 2.0])))
    assert found == pytest.approx({"rmse": math.sqrt(5 / 3), "mae": 1.0, "r2": 1 - 5 / (14 / 3)})


def test_a_perfect_prediction_has_no_error():
    assert evaluate("regression", Y, Prediction(Y.to_numpy())) == {"rmse": 0, "mae": 0, "r2": 1}


def test_one_row_has_no_r2():
    assert set(evaluate("regression", Y[:1], Prediction(np.array([1.5])))) == {"rmse", "mae"}


@pytest.mark.parametrize(
    "classes", [[False, True], [0, 1], [1.0, 2.0], ["no", "yes"], ["<a>", "b, 'c'"]]
)
def test_metrics_of_two_classes_are_those_of_scikit_learn(classes):
    positive = np.array([0, 0, 1, 1, 1, 0])
    scores = np.array([0.1, 0.6, 0.6, 0.9, 0.4, 0.2])
    chosen = (scores > 0.5).astype(int)
    y = pd.Series(np.array(classes)[positive], index=range(10, 16))
    prediction = classified(
        np.array(classes)[chosen], np.column_stack([1 - scores, scores]), classes
    )
    assert evaluate("classification", y, prediction) == pytest.approx(
        {
            "accuracy": 4 / 6,
            "f1": metrics.f1_score(positive, chosen, average="macro"),
            "roc_auc": metrics.roc_auc_score(positive, scores),
            "log_loss": metrics.log_loss(positive, scores),
        }
    )


def test_metrics_of_three_classes_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    classes = ["a", "b", "c"]
    probabilities = generator.dirichlet([1, 1, 1], 90)
    y = pd.Series(classes * 30)
    predicted = np.array(classes)[probabilities.argmax(axis=1)]
    found = evaluate("classification", y, classified(predicted, probabilities, classes))
    assert found == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, predicted),
            "f1": metrics.f1_score(y, predicted, average="macro"),
            "roc_auc": metrics.roc_auc_score(y, probabilities, multi_class="ovr"),
            "log_loss": metrics.log_loss(y, probabilities),
        }
    )


def test_rows_of_one_class_have_no_roc_auc():
    found = evaluate(
        "classification",
        pd.Series(["a", "a"]),
        classified(["a", "b"], [[0.9, 0.1], [0.4, 0.6]], ["a", "b"]),
    )
    assert set(found) == {"accuracy", "f1", "log_loss"}
    assert found["accuracy"] == 0.5


def test_a_class_never_seen_in_training_costs_as_much_as_a_certain_error():
    y = pd.Series(["a", "new"])
    found = evaluate("classification", y, classified(["a", "a"], [[1, 0], [1, 0]], ["a", "b"]))
    assert found["accuracy"] == 0.5
    assert found["log_loss"] == pytest.approx(-math.log(np.finfo("float64").eps) / 2)


@pytest.mark.parametrize(
    ("task", "metric", "expected"),
    [
        ("regression", "auto", "rmse"),
        ("classification", "auto", "log_loss"),
        ("regression", "r2", "r2"),
        ("classification", "f1", "f1"),
    ],
)
def test_auto_is_the_first_metric_of_a_task(task, metric, expected):
    assert resolve_metric(metric, task) == expected


@pytest.mark.parametrize(
    ("task", "metric"), [("regression", "f1"), ("classification", "rmse"), ("regression", "RMSE")]
)
def test_a_metric_of_another_task_is_refused_with_those_there_are(task, metric):
    with pytest.raises(RepriseError) as caught:
        resolve_metric(metric, task)
    assert str(caught.value) == (
        f"metric must be auto or one of {', '.join(metrics_of(task))} for {task}, "
        f"got '{metric}': choose one"
    )


@pytest.mark.parametrize("metric", ["rmse", "mae", "log_loss"])
def test_less_of_a_loss_is_better(metric):
    assert is_better(metric, 1, 2)
    assert not is_better(metric, 2, 1)


@pytest.mark.parametrize("metric", ["r2", "accuracy", "f1", "roc_auc"])
def test_more_of_a_score_is_better(metric):
    assert is_better(metric, 2, 1)
    assert not is_better(metric, 1, 2)


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_metrics_of_a_task_begin_with_what_auto_means(task):
    assert metrics_of(task)[0] == resolve_metric("auto", task)
    assert set(metrics_of(task)) < set(metrics_of(None))


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_anything_beats_nan_and_nothing_beats_an_equal(metric):
    assert is_better(metric, 1, math.nan)
    assert not is_better(metric, math.nan, 1)
    assert not is_better(metric, math.nan, math.nan)
    assert not is_better(metric, 1, 1)
