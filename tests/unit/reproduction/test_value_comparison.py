"""Comparing an original output with a reproduced one: every bit counts, and nothing else."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from reprise.reproduction.value_comparison import (
    Comparison,
    compare_frames,
    compare_metrics,
    compare_numbers,
    compare_series,
    compare_values,
    forgive,
)
from reprise.reproduction.verdict import Reproduction, StepResult

NEXT = math.nextafter(0.1, 1)


@pytest.mark.parametrize("value", [0.1, -0.0, math.inf, math.nan])
def test_equal_numbers_are_the_same_and_nan_equals_nan(value):
    found = compare_numbers("metric rmse", value, value, 0.0)
    assert found.same
    assert found.difference == 0


def test_the_last_bit_of_a_metric_counts():
    found = compare_numbers("metric rmse", 0.1, NEXT, 0.0)
    assert not found.same
    assert not found.accepted
    assert found.difference == NEXT - 0.1


@pytest.mark.parametrize(("tolerance", "accepted"), [(0.0, False), (0.5, True), (0.49, False)])
def test_a_tolerance_accepts_differences_up_to_it(tolerance, accepted):
    found = compare_numbers("metric rmse", 1.0, 1.5, tolerance)
    assert found.accepted is accepted
    assert not found.same
    assert found.difference == 0.5


@pytest.mark.parametrize("pair", [(math.nan, 1.0), (math.inf, 1.0), (None, 1.0), (1.0, None)])
def test_no_tolerance_accepts_what_is_missing_or_infinitely_far_off(pair):
    assert not compare_numbers("metric rmse", *pair, 1e300).accepted


def test_times_sizes_and_metrics_of_a_champion_are_no_results():
    before = {"fit_seconds": 1.0, "model_bytes": 2.0, "champion_test_rmse": 3.0, "validation_r2": 4}
    (found,) = compare_metrics(before, {"validation_r2": 4}, 0.0)
    assert found.what == "metric validation_r2"


def test_a_metric_that_only_one_side_has_is_a_difference():
    found = compare_metrics({"a": 1.0}, {"b": 1.0}, 1.0)
    assert [(each.what, each.accepted) for each in found] == [
        ("metric a", False),
        ("metric b", False),
    ]


def frame(**changes: object) -> pd.DataFrame:
    columns = {"actual": [1, 2, 3], "predicted": [0.1, 0.2, np.nan], "label": ["a", "b", None]}
    return pd.DataFrame({**columns, **changes})


def test_equal_tables_are_the_same_missing_values_too():
    found = compare_frames("predictions", frame(), frame(), 0.0)
    assert found.same
    assert found.original == {"rows": 3, "columns": 3}


def test_one_bit_of_one_row_is_found_and_shown():
    found = compare_frames("predictions", frame(), frame(predicted=[NEXT, 0.2, np.nan]), 0.0)
    assert not found.same
    assert found.difference == NEXT - 0.1
    assert found.note == "1 of 3 rows differ, the first is row 0"
    assert (found.original["predicted"], found.reproduced["predicted"]) == (0.1, NEXT)


def test_signs_of_zero_differ_in_a_prediction():
    zeros = [pd.DataFrame({"predicted": [value]}) for value in (0.0, -0.0)]
    found = compare_frames("predictions", *zeros, 0.0)
    assert not found.same
    assert found.accepted  # by nothing at all


def test_other_texts_are_never_within_a_tolerance():
    found = compare_frames("predictions", frame(), frame(label=["a", "c", None]), 1e9)
    assert not found.accepted
    assert found.difference is None


@pytest.mark.parametrize("other", [None, frame().iloc[:2], frame(more=1)])
def test_a_table_that_is_missing_or_has_another_shape_is_different(other):
    found = compare_frames("predictions", frame(), other, 1e9)
    assert not found.accepted
    json.dumps(found.to_json(), allow_nan=False)


def test_series_keep_their_values():
    found = compare_series("epoch_loss", [1.0, 2.0], [1.0, 2.5], 0.5)
    assert found.accepted
    assert (found.original, found.reproduced) == ([1.0, 2.0], [1.0, 2.5])


def test_a_digest_is_accepted_only_where_the_numbers_behind_it_are():
    digest = compare_values("digest of model", "a", "b")
    near = compare_numbers("predictions", 1.0, 1.5, 0.5)
    far = compare_numbers("predictions", 1.0, 1.5, 0.1)
    same = compare_numbers("predictions", 1.0, 1.0, 0.5)
    assert forgive(digest, near).accepted
    # The same predictions from other learned parameters are nothing that a tolerance covers.
    assert not any(forgive(digest, behind).accepted for behind in (far, same, None))


def test_a_value_that_neither_side_has_proves_nothing():
    assert not compare_values("digest of model", None, None).same


def result(*comparisons: Comparison, **facts: object) -> StepResult:
    return StepResult("train_rf", "train_rf", "0" * 32, "1" * 32, list(comparisons), **facts)


SAME = compare_numbers("metric rmse", 1.0, 1.0, 0.5)
NEAR = compare_numbers("metric rmse", 1.0, 1.5, 0.5)
FAR = compare_numbers("metric rmse", 1.0, math.nan, 0.5)


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ([result(SAME)], "identical"),
        ([result(SAME), result(SAME, NEAR)], "within-tolerance"),
        ([result(SAME), result(NEAR, FAR)], "different"),
        ([result(SAME, problems=["model/MLmodel was changed"])], "different"),
        ([result(error="its process was killed")], "different"),
        ([], "different"),
    ],
)
def test_the_verdict_is_that_of_the_worst_step(steps, verdict):
    found = Reproduction("of", "0" * 32, "main", 0.5, steps, [], [])
    assert found.verdict == verdict
    assert found.lines()[0].startswith(verdict.upper().replace("-", " "))
    json.dumps(found.to_json(), allow_nan=False)
    assert verdict in found.to_html()


def test_an_edited_record_is_named_beside_outputs_that_are_the_same():
    line = result(SAME, problems=["model/MLmodel was changed"]).line(0)
    assert line == "✗ train_rf 1 of 1 the same: model/MLmodel was changed"


def test_a_tolerance_that_would_accept_is_one_that_does():
    off = 4.57763671875e-05
    near = compare_numbers("metric rmse", 0.0, off, 0.0)
    said = Reproduction("of", "0" * 32, "main", 0.0, [result(near)], [], []).largest_in_words()
    tolerance = float(said.partition("tolerance=")[2].split()[0])
    assert compare_numbers("metric rmse", 0.0, off, tolerance).accepted


def test_the_largest_difference_is_named_with_its_place():
    found = Reproduction("of", "0" * 32, "main", 0.5, [result(SAME, NEAR)], [], [])
    assert found.to_json()["largest_difference"] == {
        "value": 0.5,
        "step": "train_rf",
        "what": "metric rmse",
    }
    assert "0.5 (train_rf: metric rmse), accepted up to 0.5" in found.lines()[2]
