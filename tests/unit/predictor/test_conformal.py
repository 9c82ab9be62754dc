"""Bounds by errors that are known: which of them, what they leave out, how they are stored."""

import numpy as np
import pandas as pd
import pytest

from reprise.predictor import Conformal, Difficulty, Trees

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
NINE = Conformal(np.arange(1.0, 10.0))


@pytest.mark.parametrize(
    ("coverage", "largest"), [(0.1, 1.0), (0.5, 5.0), (0.51, 6.0), (0.8, 8.0), (0.9, 9.0)]
)
def test_bounds_reach_as_far_as_the_share_of_rows_and_one_more_that_is_asked_for(coverage, largest):
    assert NINE.largest(coverage) == largest


def test_a_share_that_floats_spell_a_little_too_large_takes_no_score_more():
    assert 0.55 * 100 > 55  # as floats have it
    assert Conformal(np.arange(1.0, 100.0)).largest(0.55) == 55.0


@pytest.mark.parametrize("coverage", [0.91, 0.95, 0.0])
def test_more_than_so_few_rows_can_promise_is_refused_with_the_most_that_they_can(coverage):
    refusal = NINE.refusal(coverage)
    assert refusal is not None
    assert "at most 0.9 for" in refusal
    assert f"got {coverage:g}" in refusal


def test_without_a_difficulty_all_bounds_of_numbers_are_equally_far():
    found = NINE.columns(ROWS, np.array([10.0, 20.0, np.nan]), None, 0.5)
    assert found["lower"].tolist()[:2] == [5.0, 15.0]
    assert found["upper"].tolist()[:2] == [15.0, 25.0]
    assert np.isnan(found["upper"][2])


def test_a_set_has_the_labels_that_are_as_probable_as_those_that_came_true():
    scores = Conformal(np.array([0.1, 0.2, 0.4, 0.7]))
    outputs = np.array([[0.5, 0.3, 0.2], [0.35, 0.35, 0.3], [0.95, 0.05, 0.0]])
    by_coverage = {
        each: scores.columns(ROWS, outputs, ["x", "y", "z"], each)["set"] for each in (0.6, 0.8)
    }
    assert by_coverage[0.6] == [[], [], ["x"]]
    assert by_coverage[0.8] == [["x", "y"], ["x", "y", "z"], ["x"]]


def test_what_is_written_is_read_back_with_and_without_a_difficulty(tmp_path):
    NINE.save(tmp_path / "plain.npz")
    assert Conformal.load(tmp_path / "plain.npz").scores.tolist() == NINE.scores.tolist()
    assert Conformal.load(tmp_path / "plain.npz").difficulty is None
    one = np.array([1.0])
    trees = Trees(
        feature=np.array([1, -1, -1]),
        threshold=np.array([2.0, 0.0, 0.0]),
        missing_left=np.array([False] * 3),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        covers=np.ones(3),
        values=np.array([[0.0], [0.5], [4.0]]),
        roots=np.array([0]),
        start=np.zeros(1),
        dtype="float32",
    )
    stump = Difficulty(trees, 0.1)
    Conformal(one, stump).save(tmp_path / "stump.npz")
    read = Conformal.load(tmp_path / "stump.npz")
    found = read.columns(ROWS, np.zeros(3), None, 0.5)
    assert found["upper"].tolist() == [0.5, 0.5, 4.0]
