"""Shapley values from permutations."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.predictor.sampled_shapley import SampledShapley

OWNERS = np.array([0, 1, 1, 2, 3])


def outcome(features: np.ndarray) -> np.ndarray:
    """Two outputs: one that adds up, one in which columns 0 and 1 work together; 3 does nothing."""
    a, b, c, d = features[:, 0], features[:, 1], features[:, 2], features[:, 3]
    return np.stack([2 * a + b - c + 3 * d, a * b + c**2 + d], axis=1).astype("float64")


def rows_of(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 5))


def test_what_adds_up_has_its_exact_values():
    background, rows = rows_of(50), rows_of(8, seed=1)
    found = SampledShapley(outcome, background, OWNERS, 4).contributions(rows, outcome(rows))
    away = rows - background.mean(axis=0)
    np.testing.assert_allclose(found[:, 0, 0], 2 * away[:, 0], atol=1e-9)
    np.testing.assert_allclose(found[:, 1, 0], away[:, 1] - away[:, 2], atol=1e-9)
    np.testing.assert_allclose(found[:, 2, 0], 3 * away[:, 3], atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 6))
def test_they_add_up_and_a_column_without_effect_has_nothing(seed, count):
    shapley = SampledShapley(outcome, rows_of(9, seed), OWNERS, 4)
    rows = rows_of(count, seed + 1)
    outputs = outcome(rows) + 1e-7  # as another sum of the same numbers would have it
    found = shapley.contributions(rows, outputs)
    np.testing.assert_allclose(found.sum(axis=1) + shapley.base, outputs, atol=1e-12)
    assert not found[:, 3].any()


def test_two_columns_that_only_work_together_share_alike():
    def product(features: np.ndarray) -> np.ndarray:
        return features[:, :1] * features[:, 1:2]

    background = np.repeat(rows_of(50)[:, :1], 2, axis=1)
    found = SampledShapley(product, background, np.arange(2), 2)
    row = np.array([[1.5, 1.5]])
    one, other = found.contributions(row, product(row))[0, :, 0]
    assert np.isclose(one, other, atol=1e-12)


def test_a_row_has_the_same_bits_in_any_company():
    shapley = SampledShapley(outcome, rows_of(20), OWNERS, 4)
    rows = rows_of(30, seed=4)
    together = shapley.contributions(rows, outcome(rows))
    for chosen in ([3], [29, 0], range(5, 25)):
        found = shapley.contributions(rows[chosen], outcome(rows[chosen]))
        assert np.array_equal(found, together[chosen])
    assert shapley.contributions(rows[:0], outcome(rows[:0])).shape == (0, 4, 2)


def test_a_column_that_does_not_differ_contributes_nothing_whatever_rounding_does():
    calls = np.random.default_rng(0)

    def rounded(features: np.ndarray) -> np.ndarray:
        return features[:, :1] + calls.normal(scale=1e-9, size=(len(features), 1))

    background = np.hstack([rows_of(10)[:, :4], np.ones((10, 1))])
    row = np.hstack([rows_of(1, seed=2)[:, :4], np.ones((1, 1))])
    found = SampledShapley(rounded, background, OWNERS, 4).contributions(row, row[:, :1])
    assert found[0, 3, 0] == 0.0
    assert abs(found[0, 0, 0] - (row[0, 0] - background[:, 0].mean())) < 1e-6
