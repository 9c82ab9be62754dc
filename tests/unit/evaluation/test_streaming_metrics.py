"""Metrics of batches are those of all rows together."""

import numpy as np
import pandas as pd
import pytest

from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import Prediction, as_prediction
from reprise.evaluation.streaming_metrics import Running, RunningClassification, RunningRegression


def in_batches(running: Running, y: pd.Series, prediction: Prediction) -> dict[str, float]:
    probabilities = prediction.probabilities
    for rows in (slice(0, 1), slice(1, 1), slice(1, 40), slice(40, None)):
        part = None if probabilities is None else probabilities[rows]
        running.add(y.iloc[rows], Prediction(prediction.values[rows], part, prediction.classes))
    return running.metrics()


def test_regression_on_a_target_far_from_zero():
    random = np.random.default_rng(0)
    y = pd.Series(1e8 + random.normal(0, 1, 200))
    prediction = Prediction(y.to_numpy() + random.normal(0, 0.3, 200))
    found = in_batches(RunningRegression(), y, prediction)
    assert found == pytest.approx(evaluate("regression", y, prediction), rel=1e-6)


@pytest.mark.parametrize(
    "classes", [["a", "b"], [False, True], [1, 2, 30], ["x, y", "", "z"], [0.5, 1.5]]
)
def test_classification(classes):
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.ones(len(classes)), 300).round(2)
    y = pd.Series([classes[position] for position in random.integers(0, len(classes), 300)])
    prediction = as_prediction(probabilities, classes)
    found = in_batches(RunningClassification(classes), y, prediction)
    assert found == pytest.approx(evaluate("classification", y, prediction), rel=1e-12)


def test_rows_without_a_target_are_left_out_and_classes_never_seen_count():
    y = pd.Series(["a", None, "new", "b", "a"], dtype="str")
    prediction = as_prediction(np.array([[0.9, 0.1]] * 3 + [[0.2, 0.8]] * 2), ["a", "b"])
    running = RunningClassification(["a", "b"])
    running.add(y, prediction)
    known = [0, 2, 3, 4]
    part = Prediction(prediction.values[known], prediction.probabilities[known], ["a", "b"])
    expected = evaluate("classification", y.iloc[known].reset_index(drop=True), part)
    assert running.rows == 4
    assert running.metrics() == pytest.approx(expected)


def test_what_the_rows_leave_undefined_is_left_out():
    assert RunningRegression().metrics() == {}
    found = in_batches(RunningRegression(), pd.Series([1.0, 1.0]), Prediction(np.array([1.0, 2.0])))
    assert set(found) == {"rmse", "mae"}
    running = RunningClassification(["a", "b"])
    running.add(pd.Series(["a"]), as_prediction(np.array([[0.9, 0.1]]), ["a", "b"]))
    assert set(running.metrics()) == {"log_loss", "accuracy", "f1"}
