"""What is said of predictions whose targets are known."""

import numpy as np
import pandas as pd
import pytest

from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import Prediction
from reprise.evaluation.streaming_metrics import RunningClassification, RunningRegression
from reprise.inference.watching.judgement import parse_limits
from reprise.inference.watching.labelled_rows import LabelledRows, Thinned
from reprise.inference.watching.out_of_sample import OutOfSample

CLASSES = ["no", "yes"]


def numbers(seed: int, rows: int, noise: float = 1.0):
    generator = np.random.default_rng(seed)
    y = pd.Series(generator.normal(10, 3, rows))
    return pd.DataFrame({"x": y}), y, Prediction(y.to_numpy() + generator.normal(0, noise, rows))


def labels(seed: int, rows: int, upside_down: bool = False):
    generator = np.random.default_rng(seed)
    share = generator.uniform(0.02, 0.98, rows)
    y = pd.Series(np.where(generator.uniform(size=rows) < share, "yes", "no"), dtype="object")
    told = 1 - share if upside_down else share
    probabilities = np.column_stack([1 - told, told])
    values = np.where(told > 0.5, "yes", "no")
    return pd.DataFrame({"x": share}), y, Prediction(values, probabilities, CLASSES)


def batch_of(task: str, X, y, prediction, size: int = 170) -> LabelledRows:
    running = RunningRegression() if task == "regression" else RunningClassification(CLASSES)
    found = LabelledRows(task, {"x": "number"}, running)
    for start in range(0, len(X), size):
        rows = slice(start, start + size)
        found.add(X[rows], y[rows], prediction.at(rows))
    return found


def worse(task: str, now, then) -> tuple[float, float]:
    before = OutOfSample("test", then[1], then[2])
    (found,) = batch_of(task, *now).changes(before, [])
    assert found.measure == "worse"
    return found.size, found.chance


@pytest.mark.parametrize(("task", "draw"), [("regression", numbers), ("classification", labels)])
def test_errors_as_large_as_on_the_test_part_are_no_change(task, draw):
    chances = [worse(task, draw(seed, 500), draw(0, 300))[1] for seed in range(1, 31)]
    assert sum(chance < 0.01 for chance in chances) <= 2


def test_larger_errors_are_seen_and_smaller_ones_are_no_harm():
    size, chance = worse("regression", numbers(1, 500, 1.3), numbers(0, 300))
    assert size == pytest.approx(0.3, abs=0.12)
    assert chance < 1e-4
    size, chance = worse("regression", numbers(1, 500, 0.5), numbers(0, 300))
    assert size == 0
    assert chance > 0.99
    assert worse("classification", labels(1, 500, True), labels(0, 300))[1] < 1e-6


def test_a_limit_is_tested_against_the_luck_of_the_rows():
    found = batch_of("regression", *numbers(1, 500))
    (near,) = found.changes(None, parse_limits("rmse<=0.99", "regression"))
    (beyond,) = found.changes(None, parse_limits("rmse<=0.7", "regression"))
    (kept,) = found.changes(None, parse_limits("r2>=0.5", "regression"))
    assert 0.01 < near.chance < 0.99
    assert beyond.chance < 1e-6
    assert kept.chance > 0.99
    assert beyond.now == f"RMSE {beyond.size:.4g}".rstrip("0")


@pytest.mark.parametrize(("task", "draw"), [("regression", numbers), ("classification", labels)])
def test_rows_without_a_target_are_left_out_and_metrics_are_those_of_the_others(task, draw):
    X, y, prediction = draw(3, 400)
    y = y.astype("object")
    y.iloc[::4] = None
    found = batch_of(task, X, y, prediction)
    assert found.known == 300
    there = y.notna().to_numpy()
    measured = found.measured()
    known = y[there].astype("float64") if task == "regression" else y[there]
    assert measured.metrics == pytest.approx(evaluate(task, known, prediction.at(there)))
    for name, value in measured.metrics.items():
        assert measured.intervals[name].low < value < measured.intervals[name].high
    shown = measured.to_json()
    assert {part["column"] for part in shown["segments"]["rows"]} == {"x"}
    assert ("calibration" in shown) == (task == "classification")


def test_without_any_target_nothing_is_measured():
    X, y, prediction = numbers(1, 50)
    found = batch_of("regression", X, y.where(y > 1e9), prediction)
    assert found.measured() is None
    assert found.changes(None, parse_limits("rmse<=1", "regression")) == []


def test_of_many_rows_every_nth_is_kept_however_they_come():
    whole, pieces = Thinned(100), Thinned(100)
    frame = pd.DataFrame({"n": range(1000)})
    whole.add(frame)
    for start in range(0, 1000, 37):
        pieces.add(frame[start : start + 37])
    for kept in (whole.rows()["n"], pieces.rows()["n"]):
        assert 50 < len(kept) <= 100
        assert set(np.diff(kept)) == {16}
