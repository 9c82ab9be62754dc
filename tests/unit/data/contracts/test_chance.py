"""How much a table may have by chance."""

import numpy as np
import pytest

from reprise.data.contracts.chance import likely_share, most_rows, round_up


def test_what_was_never_seen_may_come_as_often_as_the_rows_leave_open():
    assert likely_share(0, 10) == 0.39  # 1.5 * (1 - 0.05 ** 0.1) = 0.3883
    assert likely_share(0, 1_000_000) == 4.5e-06
    assert likely_share(10, 10) == 1


@pytest.mark.parametrize("rows", [1, 7, 100, 12_345])
def test_a_likely_share_is_never_below_what_was_seen(rows):
    for count in {0, 1, rows // 3, rows - 1, rows}:
        assert count / rows <= likely_share(count, rows) <= 1


def test_a_small_table_may_have_more_than_the_share_a_large_one_hardly():
    assert most_rows(0.01, 1, exact=False) == 1
    assert 1 < most_rows(0.01, 100, exact=False) <= 6
    assert 100_000 < most_rows(0.01, 10_000_000, exact=False) < 102_000


def test_one_table_in_ten_thousand_has_more():
    random = np.random.default_rng(1)
    counts = random.binomial(500, 0.03, size=2_000_000)
    above = np.mean(counts > most_rows(0.03, 500, exact=False))
    assert 1e-5 < above <= 1e-4
    assert np.mean(counts > most_rows(0.03, 500, exact=False) - 1) > 1e-4


def test_an_exact_share_none_and_all_have_no_leeway():
    assert most_rows(0.1, 30, exact=True) == 3
    assert most_rows(0.29, 100, exact=True) == 29  # which is 28.999999999999996 for a float
    assert most_rows(0, 10**9, exact=False) == 0
    assert most_rows(1, 12, exact=False) == 12
    assert most_rows(0.5, 0, exact=False) == 0


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.0123, 0.013), (0.0120, 0.012), (123.0, 130.0), (0.0, 0.0)]
)
def test_rounding_up_keeps_two_digits(value, rounded):
    assert round_up(value, 2) == rounded
