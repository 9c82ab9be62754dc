import numpy as np
import pandas as pd
import pytest

from reprise.data.prepared_table import Part
from reprise.data.split_rule import Split
from reprise.errors import RepriseError
from reprise.training.search.folds import make_folds

ROWS = 120


def part(blocks=None, target=None):
    random = np.random.default_rng(4)
    y = random.normal(size=ROWS) if target is None else target
    known = None if blocks is None else np.asarray(blocks)
    return Part(pd.DataFrame({"x": random.normal(size=ROWS)}), pd.Series(y, name="y"), known)


def labels(share):
    return np.where(np.random.default_rng(5).random(ROWS) < share, "rare", "usual")


GROUPS = np.random.default_rng(6).permutation(np.repeat(np.arange(12), 10))
TIMES = np.repeat(np.arange(40), 3)


@pytest.mark.parametrize(
    ("rule", "blocks"), [("random", None), ("group:who", GROUPS), ("group:who", GROUPS % 3)]
)
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_every_row_is_held_out_once_and_never_learned_from_there(rule, blocks, task):
    target = labels(0.3) if task == "classification" else None
    folds = make_folds(part(blocks, target), task, Split.parse(rule), 5, 42)
    held_out = np.sort(np.concatenate([held for _, held in folds]))
    assert held_out.tolist() == list(range(ROWS))
    for learning, held in folds:
        assert not set(learning) & set(held)
        assert len(learning) + len(held) == ROWS


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_no_group_is_on_both_sides_of_a_fold(task):
    target = labels(0.3) if task == "classification" else None
    folds = make_folds(part(GROUPS, target), task, Split("group", "who"), 4, 42)
    assert len(folds) == 4
    for learning, held in folds:
        assert not set(GROUPS[learning]) & set(GROUPS[held])


def test_what_is_held_out_comes_after_all_that_is_learned_from():
    folds = make_folds(part(TIMES), "regression", Split("time", "when"), 5, 42)
    assert len(folds) == 5
    for learning, held in folds:
        assert TIMES[learning].max() < TIMES[held].min()
    ends = [TIMES[held].max() for _, held in folds]
    assert ends == sorted(ends)
    assert ends[-1] == TIMES.max()
    assert {len(held) for _, held in folds} <= {18, 21}


@pytest.mark.parametrize(
    ("rule", "blocks", "count"),
    [
        ("group:who", GROUPS % 3, 3),
        ("group:who", GROUPS * 0, 5),
        ("time:when", TIMES % 3, 2),
        ("time:when", TIMES * 0, 5),
        ("time:when", np.where(np.arange(ROWS) < 1, 0, 1), 1),
    ],
)
def test_fewer_groups_or_times_give_fewer_folds_and_a_single_one_random_folds(rule, blocks, count):
    assert len(make_folds(part(np.sort(blocks)), "regression", Split.parse(rule), 5, 42)) == count


def test_random_folds_hold_rare_classes_in_proportion():
    target = labels(0.1)
    folds = make_folds(part(None, target), "classification", Split(), 4, 42)
    counts = [int((target[held] == "rare").sum()) for _, held in folds]
    assert max(counts) - min(counts) <= 1
    assert min(counts) > 0


def test_a_stretch_of_time_that_one_class_precedes_is_left_out():
    target = np.where(np.arange(ROWS) < 70, "early", np.tile(["early", "late"], ROWS // 2))
    folds = make_folds(part(TIMES, target), "classification", Split("time", "when"), 5, 42)
    assert 0 < len(folds) < 5
    for learning, _ in folds:
        assert len(set(target[learning])) == 2


def test_times_that_one_class_precedes_throughout_are_refused():
    target = np.where(np.arange(ROWS) < ROWS - 3, "early", "late")
    with pytest.raises(RepriseError, match="two classes to learn from, got one"):
        make_folds(part(TIMES, target), "classification", Split("time", "when"), 5, 42)


def test_more_folds_than_rows_are_refused():
    with pytest.raises(RepriseError, match=f"{ROWS + 1} folds for {ROWS} rows"):
        make_folds(part(), "regression", Split(), ROWS + 1, 42)
