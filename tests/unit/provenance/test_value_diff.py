"""What differs between the parameters, and the metrics, of two runs."""

import pytest

from reprise.provenance.value_diff import metric_differences, parameter_differences


def test_text_that_looks_like_another_number_is_another_text():
    assert parameter_differences({"target": "1"}, {"target": "1.0"}) == ["target 1 -> 1.0"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"rmse": 53.7}, {"rmse": 54.1}, ["rmse 53.7 -> 54.1 (+0.4)"]),
        ({"rmse": 53.7}, {"rmse": 53.7}, []),
        ({"rmse": float("nan")}, {"rmse": float("nan")}, []),
        ({"rmse": 1.0}, {"rmse": 1.0 + 1e-12}, ["rmse 1 -> 1.0000000000010001 (+1e-12)"]),
        ({"rmse": 1.0}, {"mae": 2.0}, ["mae is new: 2", "rmse is gone: it was 1"]),
        ({"fit_seconds": 1.0, "model_bytes": 9}, {"fit_seconds": 2.0, "model_bytes": 8}, []),
    ],
)
def test_metrics_are_compared_but_times_and_sizes_are_not(old, new, said):
    assert metric_differences(old, new) == said
