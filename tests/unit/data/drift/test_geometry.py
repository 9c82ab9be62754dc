"""Correlations that break, and rows that lie far from all others."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.drift.distribution import Labels
from reprise.data.drift.geometry import Geometry, Moments, correlation_gap
from reprise.data.drift.row_profile import RowProfile
from reprise.data.drift.two_sample import fisher

ROLES = {"a": "number", "b": "number", "c": "number", "kind": "category"}


def rows(seed: int, count: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    a = generator.normal(size=count)
    b = 0.8 * a + 0.6 * generator.normal(size=count)
    c = generator.lognormal(size=count)
    kind = generator.choice(["x", "y", "z"], count, p=[0.7, 0.25, 0.05])
    return pd.DataFrame({"a": a, "b": b, "c": c, "kind": pd.Series(kind, dtype="str")})


def geometry_of(table: pd.DataFrame) -> Geometry:
    return RowProfile.of([table.iloc[:100], table.iloc[100:]], ROLES).geometry


def relation(known: Geometry, table: pd.DataFrame) -> tuple[float, float]:
    moments = Moments(len(known.columns))
    for start in range(0, len(table), 150):
        moments.add(known.scores(table.iloc[start : start + 150]))
    pair = known.pairs[0]
    places = [list(known.columns).index(name) for name in (pair.first, pair.second)]
    return correlation_gap(pair, *moments.correlation(*places))


def far(known: Geometry, table: pd.DataFrame) -> tuple[float, float]:
    count = int(known.are_far(known.scores(table)).sum())
    chance = fisher(known.beyond, known.rows, count, len(table), greater=True)
    return count / len(table), chance


def test_strong_correlations_are_kept_and_others_are_not():
    known = geometry_of(rows(0, 600))
    assert [(pair.first, pair.second) for pair in known.pairs] == [("a", "b")]
    assert known.pairs[0].correlation == pytest.approx(0.8, abs=0.08)
    assert known.rows == 600


def test_moments_of_blocks_are_the_correlation_of_rows_that_have_both():
    table = rows(0, 600)
    known = geometry_of(table)
    table.loc[::7, "a"] = np.nan
    scores = known.scores(table)
    moments = Moments(len(known.columns))
    for start in range(0, 600, 170):
        moments.add(scores[start : start + 170])
    both = scores[~np.isnan(scores[:, :2]).any(axis=1), :2]
    found, count = moments.correlation(0, 1)
    assert found == pytest.approx(np.corrcoef(both.T)[0, 1], abs=1e-12)
    assert count == len(both)


def test_a_correlation_that_breaks_is_seen_and_one_that_holds_is_not():
    known = geometry_of(rows(0, 600))
    chances = [relation(known, rows(seed, 400))[1] for seed in range(1, 41)]
    assert min(chances) > 1e-4
    broken = rows(50, 400)
    broken["b"] = broken["b"].to_numpy()[::-1].copy()
    size, chance = relation(known, broken)
    assert size > 0.6
    assert chance < 1e-10


@pytest.mark.parametrize("count", [120, 600])
def test_new_rows_are_as_far_as_those_of_training_were_from_the_others(count):
    known = geometry_of(rows(0, count))
    shares, chances = zip(*(far(known, rows(seed, 400)) for seed in range(1, 41)), strict=True)
    assert np.mean(shares) < 0.035
    assert min(chances) > 1e-4


def test_categories_that_are_as_common_as_each_other_are_not_far():
    def drawn(seed: int) -> pd.DataFrame:
        table = rows(seed, 90)
        table["kind"] = pd.Series(["x", "y"] * 18 + [None] * 54, dtype="str")
        return table

    share, chance = far(geometry_of(drawn(0)), drawn(1))
    assert share < 0.06
    assert chance > 0.001


def test_rows_that_break_what_goes_together_are_far_though_each_value_is_usual():
    known = geometry_of(rows(0, 600))
    odd = rows(1, 400)
    odd.loc[:59, ["a", "b"]] = [1.8, -1.8]
    share, chance = far(known, odd)
    assert share > 0.14
    assert chance < 1e-6


def test_a_table_without_numbers_or_with_constant_ones_has_a_geometry_too():
    assert Geometry.of(pd.DataFrame(index=range(5)), {}).columns == ()
    table = pd.DataFrame({"a": [1.0] * 60, "kind": pd.Series(["x"] * 59 + ["y"], dtype="str")})
    known = Geometry.of(table, {"a": None, "kind": Labels.of(table["kind"])})
    assert np.isfinite(known.scores(table)).all()
    assert known.pairs == []
