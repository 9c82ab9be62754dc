"""Tests of two samples, against those of SciPy and against counting every case."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import fisher_exact, ks_2samp

from reprise.data.drift.two_sample import fisher, holm, ks, shares, topmost


@pytest.mark.parametrize(
    ("first", "rows", "second", "others"),
    [(0, 300, 50, 1000), (30, 300, 200, 1000), (5, 300, 3, 1000), (3000, 10_000, 3300, 10_000)],
)
def test_fishers_test_is_scipys(first, rows, second, others):
    table = [[second, others - second], [first, rows - first]]
    one_sided = fisher_exact(table, alternative="greater").pvalue
    assert fisher(first, rows, second, others, greater=True) == pytest.approx(one_sided, rel=1e-6)
    other = fisher_exact(table, alternative="less").pvalue
    expected = min(1.0, 2 * min(one_sided, other))
    assert fisher(first, rows, second, others) == pytest.approx(expected, rel=1e-6)


def test_fishers_test_holds_for_ten_million_rows():
    rows = 10_000_000
    assert fisher(3_000, 10_000, 3_000_000, rows) == pytest.approx(1.0, abs=0.02)
    assert fisher(3_000, 10_000, 3_200_000, rows) < 1e-4
    assert fisher(0, 0, 5, rows) == 1.0


def test_the_test_of_numbers_is_that_of_kolmogorov_and_smirnov_also_in_few_bins():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=400), generator.normal(0.3, 1, 900)
    every = np.sort(np.concatenate([first, second]))
    counts = [np.bincount(np.searchsorted(every, side), minlength=1300) for side in (first, second)]
    expected = ks_2samp(first, second, method="asymp")
    size, chance = ks(*counts)
    assert size == pytest.approx(expected.statistic)
    assert chance == pytest.approx(expected.pvalue, rel=0.5)
    coarse = [side.reshape(26, 50).sum(axis=1) for side in counts]
    gap, likelier = ks(*coarse)
    assert 0.8 * size < gap <= size
    assert likelier >= chance
    assert ks(np.array([3, 4]), np.array([0, 0])) == (0.0, 1.0)


def test_the_least_likely_share_is_named_and_paid_for():
    known, found = np.array([500, 400, 100]), np.array([500, 300, 200])
    size, chance, least = shares(known, 1000, found, 1000)
    assert size == pytest.approx(0.1)
    assert least == 2
    assert chance == pytest.approx(3 * fisher(100, 1000, 200, 1000))


def test_the_chance_of_lying_above_all_others_is_counted_out():
    rows, others = 5, 4
    draws = list(combinations(range(rows + others), others))
    for above in range(others + 1):
        top = set(range(rows + others - above, rows + others))
        share = sum(top <= set(draw) for draw in draws) / len(draws)
        assert topmost(above, rows, others) == pytest.approx(share)


def test_holm_steps_down_and_keeps_the_order():
    assert holm([0.04, 0.01, 0.5, 0.02]) == pytest.approx([0.08, 0.04, 0.5, 0.06])
    assert holm([0.3, 0.9]) == pytest.approx([0.6, 0.9])
    assert holm([]) == []
