"""Rows into train, validation and test."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.split import split_rows
from reprise.data.split_rule import PARTS, Split, SplitOptions
from reprise.errors import RepriseError

FIFTHS = (0.2, 0.2)


def split(rows=100, rule="random", fractions=FIFTHS, seed=1, y=None, **columns):
    target = pd.Series(np.arange(rows) / 7 if y is None else y)
    options = SplitOptions(Split.parse(rule), *fractions, seed)
    name = options.split.column
    by = None if name is None else pd.Series(columns[name], index=target.index, name=name)
    return split_rows(by, target, options, stratify=y is not None)


def sizes(parts):
    return [len(parts[name]) for name in PARTS]


@pytest.mark.parametrize("column", ["when", "a b", "größe", "time", "x:y", "<b>"])
@pytest.mark.parametrize("kind", ["time", "group"])
def test_a_rule_names_any_column(kind, column):
    split = Split.parse(f"{kind}:{column}")
    assert split == Split(kind, column)
    assert str(split) == f"{kind}:{column}"


def test_a_split_is_random_where_nothing_is_said():
    assert Split.parse("random") == Split()
    assert str(Split()) == "random"


@pytest.mark.parametrize("rule", ["", "Random", "time", "time:", "group:", "random:x", ":x", "t:x"])
def test_an_unknown_rule_lists_the_known(rule):
    with pytest.raises(RepriseError) as caught:
        Split.parse(rule)
    assert str(caught.value) == (
        f"split must be random, time:<column> or group:<column>, got '{rule}': choose one of these"
    )


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (0.9, 0.2), (0.98, 0.98)])
def test_fractions_leave_rows_to_train_on(validation, test):
    with pytest.raises(RepriseError, match=rf"got {validation} \+ {test} = .*: choose less than 1"):
        SplitOptions(Split(), validation, test, 1)


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        ("random", {}),
        ("time:t", {"t": np.arange(100) % 50}),
        ("group:g", {"g": np.arange(100) % 25}),
    ],
)
def test_every_row_is_in_one_part(rule, columns):
    parts = split(rule=rule, **columns)
    assert sorted(np.concatenate([parts[name] for name in PARTS])) == list(range(100))


@pytest.mark.parametrize(
    ("rows", "fractions", "expected"),
    [
        (100, FIFTHS, [60, 20, 20]),
        (10, FIFTHS, [6, 2, 2]),
        (1001, (0.1, 0.25), [651, 100, 250]),
        (100, (0.01, 0.01), [98, 1, 1]),
    ],
)
def test_random_parts_have_the_asked_sizes(rows, fractions, expected):
    assert sizes(split(rows, fractions=fractions)) == pytest.approx(expected, abs=1)


def test_equal_seeds_give_equal_parts_and_others_do_not():
    first, again, other = split(seed=1), split(seed=1), split(seed=2)
    assert all(np.array_equal(first[name], again[name]) for name in PARTS)
    assert not np.array_equal(first["test"], other["test"])


def test_random_parts_hold_every_class_in_proportion():
    y = np.repeat(["common", "rare", "other"], [800, 20, 180])
    parts = split(y=y)
    for part, rows in (("train", 600), ("validation", 200), ("test", 200)):
        counts = pd.Series(y[parts[part]]).value_counts()
        assert counts["common"] == pytest.approx(0.8 * rows, abs=1)
        assert counts["rare"] == pytest.approx(0.02 * rows, abs=1)


@pytest.mark.parametrize("rare", [1, 2])
@pytest.mark.parametrize("seed", range(5))
def test_a_class_with_fewer_rows_than_parts_stays_in_train(rare, seed):
    y = np.array(["a"] * 30 + ["rare"] * rare + ["b"] * 30)
    parts = split(y=y, seed=seed)
    assert (y[parts["train"]] == "rare").sum() == rare


def test_labels_without_rows_enough_for_parts_are_refused():
    with pytest.raises(RepriseError, match=r"needs rows, got none for validation .*: change the"):
        split(y=np.repeat(list("abcde"), 2))


def test_time_orders_the_parts():
    times = np.random.default_rng(0).permutation(100)
    parts = split(rule="time:t", t=times)
    assert sizes(parts) == [60, 20, 20]
    assert times[parts["train"]].max() < times[parts["validation"]].min()
    assert times[parts["validation"]].max() < times[parts["test"]].min()


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2020", periods=100),
        pd.date_range("2020-10-25", periods=100, freq="h", tz="Europe/Berlin"),
        pd.date_range("2020", periods=100).strftime("%Y-%m-%d"),
        pd.date_range("2020", periods=100).date,
        pd.date_range("2020", periods=100).astype("int64"),
    ],
    ids=["times", "zone", "text", "dates", "epoch"],
)
def test_time_may_be_written_in_many_ways(times):
    parts = split(rule="time:t", t=times)
    assert [parts[name].tolist() for name in PARTS] == [
        list(range(60)),
        list(range(60, 80)),
        list(range(80, 100)),
    ]


@pytest.mark.parametrize("different", [4, 7, 13, 40])
def test_equal_times_share_a_part(different):
    times = np.random.default_rng(0).integers(0, different, 200)
    parts = split(200, rule="time:t", t=times, fractions=(0.3, 0.3))
    held = [set(times[parts[name]]) for name in PARTS]
    assert sum(len(part) for part in held) == len(set(times))


def test_rows_without_a_time_are_in_no_part():
    times = pd.Series(np.arange(100.0))
    times[::10] = None
    parts = split(rule="time:t", t=times)
    assert sum(sizes(parts)) == 90
    assert not set(range(0, 100, 10)) & set(np.concatenate(list(parts.values())))


def test_one_time_for_all_rows_is_refused():
    with pytest.raises(RepriseError, match=r"got none for .* with split=time:t: change"):
        split(rule="time:t", t=[5] * 100)


@pytest.mark.parametrize(
    "times", [["red", "blue"] * 50, ["2020-01-01", "n/a!"] * 50], ids=["words", "one bad"]
)
def test_a_time_that_is_none_is_refused_with_its_row(times):
    with pytest.raises(
        RepriseError, match=r"column 't' must hold a date, got '.*' in row \d: clean"
    ):
        split(rule="time:t", t=times)


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_in_two_parts(seed):
    groups = np.random.default_rng(seed).integers(0, 12, 200)
    parts = split(200, rule="group:g", g=groups, seed=seed)
    held = [set(groups[parts[name]]) for name in PARTS]
    assert sum(len(part) for part in held) == len(set(groups))


def test_group_parts_come_near_the_asked_sizes():
    parts = split(1000, rule="group:g", g=np.arange(1000) % 100)
    assert sizes(parts) == pytest.approx([600, 200, 200], abs=10)


def test_rows_without_a_group_stay_together():
    groups = pd.Series(["a", "b", "c", "d", None] * 20)
    parts = split(rule="group:g", g=groups)
    assert sum(groups.iloc[parts[name]].isna().any() for name in PARTS) == 1
    assert sum(sizes(parts)) == 100


@pytest.mark.parametrize("seed", range(6))
def test_three_groups_are_enough_however_unequal(seed):
    parts = split(rule="group:g", g=["big"] * 98 + ["small", "tiny"], seed=seed)
    assert sizes(parts) == [98, 1, 1]


@pytest.mark.parametrize("groups", [["a"] * 100, ["a", "b"] * 50])
def test_too_few_groups_are_refused(groups):
    with pytest.raises(
        RepriseError, match=rf"at least 3 groups, got {len(set(groups))} in 'g': name another"
    ):
        split(rule="group:g", g=groups)


def test_a_train_part_of_one_class_is_refused():
    y = ["early"] * 60 + ["late"] * 40
    with pytest.raises(
        RepriseError, match=r"train part needs at least two classes.*early.*: change"
    ):
        split(y=y, rule="time:t", t=range(100))


def test_dates_as_text_are_read_in_the_one_format_that_fits_them_all():
    days = pd.date_range("2021-01-01", periods=400, freq="2D")
    table = pd.DataFrame({"when": days.strftime("%d/%m/%Y"), "x": range(400)})
    shuffled = table.sample(frac=1, random_state=0).reset_index(drop=True)
    options = SplitOptions(Split("time", "when"), *FIFTHS, 42)
    parts = split_rows(shuffled["when"], shuffled["x"], options, stratify=False)
    x = shuffled["x"].to_numpy()
    assert x[parts["train"]].max() < x[parts["validation"]].min()
    assert x[parts["validation"]].max() < x[parts["test"]].min()
