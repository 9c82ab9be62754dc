import numpy as np
import pandas as pd
import pytest

from reprise.evaluation.bootstrap import FEWEST, MOST, Interval, _weights, intervals, resample
from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import Prediction, as_prediction


def regression(rows: int = 40) -> tuple[pd.Series, Prediction]:
    random = np.random.default_rng(1)
    y = pd.Series(random.normal(1000, 1, rows))
    return y, Prediction(y.to_numpy() + random.normal(0, 0.5, rows))


def classification(classes: list, rows: int = 40) -> tuple[pd.Series, Prediction]:
    """Few different probabilities, so that there are ties; the last class is never actual."""
    random = np.random.default_rng(2)
    probabilities = random.dirichlet(np.ones(len(classes)), rows).round(1)
    actual = random.integers(0, max(2, len(classes) - 1), rows)
    y = pd.Series([classes[position] for position in actual])
    return y, as_prediction(probabilities, classes)


CASES = {
    "regression": regression(),
    "two": classification([False, True]),
    "three": classification(["a", "b", "c"]),
    "numbers": classification([1, 5, 7, 9]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_resample_has_the_metrics_of_its_rows(name):
    y, prediction = CASES[name]
    task = "regression" if name == "regression" else "classification"
    found = resample(task, y, prediction)
    (weights,) = _weights(len(y))
    for number in range(25):
        rows = np.repeat(np.arange(len(y)), weights[number])
        probabilities = prediction.probabilities
        part = Prediction(
            prediction.values[rows],
            None if probabilities is None else probabilities[rows],
            prediction.classes,
        )
        expected = evaluate(task, y.iloc[rows].reset_index(drop=True), part)
        for metric, values in found.items():
            assert values[number] == pytest.approx(expected.get(metric, np.nan), nan_ok=True)


def test_the_same_rows_are_drawn_for_any_prediction():
    y, prediction = CASES["regression"]
    worse = Prediction(prediction.values + 1e-6)
    pairs = zip(
        resample("regression", y, prediction)["rmse"],
        resample("regression", y, worse)["rmse"],
        strict=True,
    )
    assert max(abs(a - b) for a, b in pairs) < 2e-6


def test_every_resample_has_as_many_rows_as_the_part():
    (weights,) = _weights(40)
    assert weights.shape == (MOST, 40)
    assert (weights.sum(axis=1) == 40).all()


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide():
    random = np.random.default_rng(3)
    errors = np.abs(random.normal(0, 1, 2000))
    found = intervals("regression", pd.Series(np.zeros(2000)), Prediction(errors))["mae"]
    half = 1.96 * errors.std() / np.sqrt(2000)
    assert found.low == pytest.approx(errors.mean() - half, abs=half / 5)
    assert found.high == pytest.approx(errors.mean() + half, abs=half / 5)


def test_large_parts_have_fewer_resamples(monkeypatch):
    y, prediction = CASES["regression"]
    for draws, expected in ((40 * 200, 200), (40, FEWEST), (10**9, MOST)):
        monkeypatch.setattr("reprise.evaluation.bootstrap._DRAWS", draws)
        assert len(resample("regression", y, prediction)["rmse"]) == expected


def test_values_that_no_resample_defines_have_no_interval():
    found = intervals("regression", pd.Series([1.0, 1.0]), Prediction(np.array([1.0, 2.0])))["r2"]
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    assert Interval.of(np.array([np.nan, 3.0, 3.0])) == Interval(3.0, 3.0)
