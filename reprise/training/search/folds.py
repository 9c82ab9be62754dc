"""Folds of a cross-validation that keep apart what the split of the table keeps apart."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from reprise.data.prepared_table import Part
from reprise.data.schema import Task
from reprise.data.split_rule import Split
from reprise.errors import RepriseError

Fold = tuple[np.ndarray, np.ndarray]


def make_folds(part: Part, task: Task, split: Split, folds: int, seed: int) -> list[Fold]:
    """Positions of the rows to learn from and to score on, fold by fold.

    `split` is that of the table. By group, no group is on both sides; by time, each fold is
    scored on the stretch of time that follows what it learns from, equal times together. Where
    groups or times are fewer, so are the folds; classes are stratified except by time. Raises
    RepriseError for more folds than rows, and where no stretch of time is preceded by two classes.
    """
    if folds > len(part.y):
        raise RepriseError(
            f"folds must be at most the rows of the train part, got {folds} folds for "
            f"{len(part.y)} rows: choose fewer folds"
        )
    different = 0 if part.blocks is None else len(np.unique(part.blocks))
    if split.kind == "time" and part.blocks is not None and different > 1:
        return _by_time(part, part.blocks, task, min(folds, different - 1))
    if split.kind == "group" and different > 1:
        return list(_by_group(part, task, min(folds, different), seed))
    return list(_random(part, task, folds, seed))


def _random(part: Part, task: Task, folds: int, seed: int) -> Iterator[Fold]:
    from sklearn.model_selection import KFold, StratifiedKFold

    options = {"n_splits": folds, "shuffle": True, "random_state": seed}
    enough = task == "classification" and part.y.value_counts().max() >= folds
    splitter = StratifiedKFold(**options) if enough else KFold(**options)
    with _rare_classes():
        yield from splitter.split(part.X, part.y.astype(str) if enough else None)


def _by_group(part: Part, task: Task, folds: int, seed: int) -> Iterator[Fold]:
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    options = {"n_splits": folds, "shuffle": True, "random_state": seed}
    enough = task == "classification" and part.y.value_counts().max() >= folds
    splitter = StratifiedGroupKFold(**options) if enough else GroupKFold(**options)
    with _rare_classes():
        for learning, held_out in splitter.split(part.X, part.y.astype(str), part.blocks):
            if len(learning) and len(held_out):  # a large group may leave a fold without any
                yield learning, held_out


def _by_time(part: Part, times: np.ndarray, task: Task, folds: int) -> list[Fold]:
    """Expanding windows: as many stretches of about the same size as there are folds, and one."""
    _, codes, counts = np.unique(times, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    stretch = (before * (folds + 1) // len(codes))[codes]
    if len(np.unique(stretch)) == 1:  # nearly all rows have the last time
        stretch = (codes == codes.max()).astype("int64")
    found = [
        (np.flatnonzero(stretch < number), np.flatnonzero(stretch == number))
        for number in np.unique(stretch)[1:]
    ]
    usable = [fold for fold in found if task == "regression" or part.y.iloc[fold[0]].nunique() > 1]
    if not usable:
        raise RepriseError(
            "folds by time need two classes to learn from, got one before every stretch of time: "
            "tune on a table with another split"
        )
    return usable


@contextmanager
def _rare_classes() -> Iterator[None]:
    """A class with fewer rows than folds is in some of them: that is as good as it gets."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        yield
