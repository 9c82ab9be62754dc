"""What is said of a column whose new values are, or are not, like the old ones."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.drift.change import Change
from reprise.data.drift.column_watch import ColumnWatch
from reprise.data.drift.row_profile import ColumnProfile

ROWS, BATCH = 600, 400


def draw(role: str, seed: int, rows: int) -> pd.Series:
    generator = np.random.default_rng(seed)
    if role == "number":
        return pd.Series(generator.lognormal(size=rows), name="x")
    if role == "count":
        return pd.Series(generator.poisson(1.5, rows).astype("float64"), name="x")
    if role == "date":
        days = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 300, rows), "D")
        return pd.Series(days, name="x").astype("datetime64[us]")
    if role == "category":
        return pd.Series(generator.choice(list("abcd"), rows, p=[0.6, 0.2, 0.1, 0.1]), dtype="str")
    words = ["big", "small", "red", "blue", "house", "boat"]
    texts = [" ".join(generator.choice(words, generator.integers(2, 9))) for _ in range(rows)]
    return pd.Series(texts, dtype="str")


def role_of(kind: str) -> str:
    return "number" if kind == "count" else kind


def changes(kind: str, values: pd.Series, wrong: np.ndarray | None = None) -> dict[str, Change]:
    watch = ColumnWatch("x", ColumnProfile.of(draw(kind, 1, ROWS), role_of(kind)))
    half = len(values) // 2
    watch.add(values[:half], None if wrong is None else wrong[:half])
    watch.add(values[half:], None if wrong is None else wrong[half:])
    return {change.measure: change for change in watch.changes()}


KINDS = ("number", "count", "category", "text", "date")


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_the_same_kind_seldom_look_otherwise(kind):
    batches = [changes(kind, draw(kind, seed, BATCH)) for seed in range(2, 42)]
    found = [each for batch in batches for each in batch.values()]
    unlikely = sum(each.chance <= 0.01 for each in found)
    assert unlikely <= 0.02 * len(found) + 1
    assert min(each.chance for each in found) > 1e-5


def test_a_shift_of_half_a_standard_deviation_is_seen():
    known = ColumnProfile.of(pd.Series(np.random.default_rng(0).normal(size=ROWS)), "number")
    watch = ColumnWatch("x", known)
    watch.add(pd.Series(np.random.default_rng(1).normal(0.5, 1, BATCH)), None)
    found = {change.measure: change for change in watch.changes()}["drift"]
    assert found.chance < 1e-6
    assert 0.12 < found.size < 0.3
    assert found.before.startswith("median")


def test_a_category_that_doubles_is_seen_and_named():
    values = pd.Series(["a"] * 200 + ["b"] * 80 + ["c"] * 80 + ["d"] * 40, dtype="str")
    found = changes("category", values)["drift"]
    assert found.chance < 1e-3
    assert (found.before.split()[-1], found.now) == ("'c'", "20% 'c'")
    assert changes("category", values)["unseen"].size == 0


def test_unseen_categories_missing_and_unreadable_values_are_told_apart():
    values = pd.Series(["a"] * 300 + ["new"] * 60 + [None] * 40, dtype="str")
    wrong = np.zeros(BATCH, dtype=bool)
    wrong[-10:] = True
    found = changes("category", values, wrong)
    assert found["unseen"].size == pytest.approx(60 / 360)
    assert found["missing"].size == pytest.approx(30 / 400)
    assert found["unreadable"].size == pytest.approx(10 / 400)
    assert found["unreadable"].chance == 0
    assert found["unseen"].chance < 1e-6
    assert found["missing"].chance < 1e-6


def test_what_came_once_in_training_lets_new_categories_come():
    known = pd.Series([f"c{n}" for n in range(30)] + ["a"] * 170, dtype="str")
    watch = ColumnWatch("x", ColumnProfile.of(known, "category"))
    watch.add(pd.Series([f"n{n}" for n in range(30)] + ["a"] * 170, dtype="str"), None)
    found = {change.measure: change for change in watch.changes()}
    assert found["unseen"].chance > 0.4


def test_feet_for_metres_are_out_of_range():
    found = changes("number", draw("number", 5, BATCH) * 3.28)
    assert found["drift"].chance < 1e-10
    assert found["outside"].size > 0
    assert found["outside"].now.endswith("above")


def test_later_dates_are_no_change_and_earlier_ones_are():
    later = draw("date", 3, BATCH) + pd.Timedelta(days=900)
    found = changes("date", later)
    assert "drift" not in found
    assert found["outside"].size == 0
    earlier = draw("date", 3, BATCH) - pd.Timedelta(days=100)
    found = changes("date", earlier)["outside"]
    assert found.size > 0.2
    assert found.chance < 1e-10
    assert found.before == f"from {draw('date', 1, ROWS).min():%Y-%m-%d} 00:00"


def test_a_word_that_becomes_common_is_named_and_so_are_longer_texts():
    texts = draw("text", 4, BATCH)
    found = changes("text", texts.where(np.arange(BATCH) % 5 != 0, texts + " refund big"))["drift"]
    assert found.chance < 0.01
    common = texts.str.replace("boat", "house")
    found = changes("text", common)["drift"]
    assert found.chance < 1e-6
    assert "'" in found.now
    assert changes("text", texts + " " + texts)["drift"].size > 0.2


def test_a_column_without_any_value_is_missing_and_nothing_else():
    found = changes("number", pd.Series([np.nan] * BATCH))
    assert set(found) == {"missing", "unreadable"}
    assert found["missing"].size == 1
