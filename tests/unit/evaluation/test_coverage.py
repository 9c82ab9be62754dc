"""Whether bounds hold what they promise, counted row by row."""

import numpy as np
import pandas as pd
import pytest

from reprise.evaluation.coverage import coverage_of
from reprise.evaluation.prediction import as_prediction
from reprise.predictor import Conformal
from tests.unit.inference.models import ROW, Doubling

ROLES = {"size": "number", "flag": "boolean", "seen": "date", "who": "category"}


def rows(count: int) -> pd.DataFrame:
    table = pd.DataFrame([ROW] * count).assign(size=1.0, who=["Ann", "Bob"] * (count // 2))
    return Doubling().plain(table)


def measured(y: list, scores: np.ndarray, classes: list | None = None) -> object:
    model, X = Doubling(classes), rows(len(y))
    model.conformal = Conformal(scores)
    prediction = as_prediction(model.outputs_of(X), classes)
    return coverage_of(model, ROLES, X, pd.Series(y), prediction)


def test_the_share_within_and_the_width_are_counted_for_each_coverage():
    found = measured([2.0] * 60 + [2.5] * 30 + [9.0] * 10, np.arange(19) / 19)
    assert [level["asked"] for level in found.levels] == [0.8, 0.9, 0.95]
    assert [level["coverage"] for level in found.levels] == [0.9, 0.9, 0.9]
    assert found.metrics["width_80"] == pytest.approx(2 * 15 / 19)


def test_a_coverage_that_so_few_rows_cannot_promise_is_left_out():
    found = measured([2.0] * 10, np.arange(9.0))
    assert [level["asked"] for level in found.levels] == [0.8, 0.9]
    assert measured([2.0] * 10, np.arange(3.0)) is None


def test_the_segment_where_bounds_hold_least_comes_first():
    found = measured([2.0, 9.0] * 30, np.zeros(20))
    first = found.segments[0]
    assert (first["column"], first["segment"], first["rows"]) == ("who", "Bob", 30)
    assert first["coverage"] == 0.0


def test_of_classes_the_truth_is_in_the_set_and_the_width_is_the_number_of_labels():
    scores = np.linspace(-1.0, 0.5, 30)  # probabilities of 2 and 0
    found = measured(["a"] * 30 + ["b"] * 10, scores, ["a", "b"])
    assert found.levels[0]["coverage"] == 0.75
    assert found.levels[0]["width"] == 1.0


def test_a_model_that_does_not_know_its_errors_has_none():
    model, X = Doubling(), rows(10)
    found = coverage_of(model, ROLES, X, pd.Series([2.0] * 10), as_prediction(np.zeros(10), None))
    assert found is None
