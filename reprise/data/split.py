"""Rows into train, validation and test: at random, by time or by group."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.data.columns import kind_with_format, plain_values
from reprise.data.split_rule import PARTS, Split, SplitOptions
from reprise.errors import RepriseError


def split_rows(
    by: pd.Series | None, target: pd.Series, options: SplitOptions, stratify: bool
) -> dict[str, np.ndarray]:
    """Return the row positions of each part, ascending (by time: in order of time).

    `by` is the column that the split names, None for random parts. Random parts of classes
    (`stratify`) hold every class in proportion; a class with fewer rows than parts stays in train.
    By time, train is earliest and test latest, and equal times share a part. By group, no group is
    in two parts.
    """
    fractions = options.validation_fraction, options.test_fraction
    if by is None:
        parts = _random(target, fractions, options.seed, stratify)
    elif options.split.kind == "time":
        parts = _by_time(by, fractions)
    else:
        parts = _by_group(by, fractions, options.seed)
    for name in PARTS:
        if len(parts[name]) == 0:
            counts = ", ".join(f"{part} {len(rows)}" for part, rows in parts.items())
            raise RepriseError(
                f"each part needs rows, got none for {name} ({counts}) with split={options.split}: "
                "change the fractions or the split"
            )
    _check_classes(target, parts, stratify)
    return parts


def _random(
    target: pd.Series, fractions: tuple[float, float], seed: int, stratify: bool
) -> dict[str, np.ndarray]:
    validation, test = fractions
    order = np.random.default_rng(seed).permutation(len(target))
    if stratify:
        codes = pd.factorize(target)[0]
        counts = np.bincount(codes)
        order = order[np.argsort(codes[order], kind="stable")]
        order = order[counts[codes[order]] >= len(PARTS)]
    in_test = _every(test, len(order))
    rest = order[~in_test]
    in_validation = _every(validation / (1 - test), len(rest))
    held_out = {"validation": np.sort(rest[in_validation]), "test": np.sort(order[in_test])}
    in_train = np.ones(len(target), dtype=bool)
    for rows in held_out.values():
        in_train[rows] = False
    return {"train": np.flatnonzero(in_train), **held_out}


def _every(fraction: float, length: int) -> np.ndarray:
    """A mask that takes `fraction` of `length` places, evenly spaced (systematic sampling)."""
    return np.diff(np.floor(np.arange(length + 1) * fraction + 0.5)) > 0


def number_blocks(by: pd.Series, split: Split) -> np.ndarray:
    """Numbers of the groups of `by`, or of its times in their order (-1: missing), int64."""
    if split.kind == "time":
        return pd.factorize(_moments(by), sort=True)[0].astype("int64")
    # Rows without a group are one group: they may belong together.
    return pd.factorize(by, use_na_sentinel=False)[0].astype("int64")


def blocks_of_parts(numbers: np.ndarray, rows: dict[str, np.ndarray]) -> pd.DataFrame:
    """The number of every row, part by part in the order of the parts' rows."""
    parts = [pd.DataFrame({"part": part, "block": numbers[rows[part]]}) for part in PARTS]
    return pd.concat(parts, ignore_index=True)


def _moments(times: pd.Series) -> pd.Series:
    kind = kind_with_format(times) or "text"
    try:
        return plain_values(times, "datetime" if kind.startswith("text") else kind)
    except ValueError as error:
        raise RepriseError(f"{error}: clean it, or split by another column") from None


def _by_time(times: pd.Series, fractions: tuple[float, float]) -> dict[str, np.ndarray]:
    moments = _moments(times)
    known = np.flatnonzero(moments.notna())
    order = known[np.argsort(moments.to_numpy()[known], kind="stable")]
    ordered = moments.to_numpy()[order]

    def border(position: int) -> int:
        # Equal times share a part: move on to the first row with a later time.
        while 0 < position < len(order) and ordered[position] == ordered[position - 1]:
            position += 1
        return position

    validation, test = fractions
    first = border(round(len(order) * (1 - validation - test)))
    second = max(first, border(round(len(order) * (1 - test))))
    return dict(zip(PARTS, np.split(order, [first, second]), strict=True))


def _by_group(
    groups: pd.Series, fractions: tuple[float, float], seed: int
) -> dict[str, np.ndarray]:
    # Rows without a group are one group: they may belong together.
    codes, names = pd.factorize(groups, use_na_sentinel=False)
    if len(names) < len(PARTS):
        raise RepriseError(
            f"a split by group needs at least {len(PARTS)} groups, got {len(names)} in "
            f"'{groups.name}': name another column"
        )
    sizes = np.bincount(codes)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    filled = {"test": 0, "validation": 0}
    wanted = {"validation": fractions[0] * len(codes), "test": fractions[1] * len(codes)}
    part_of = np.full(len(names), "train", dtype="U10")
    for left, group in zip(range(len(names) - 1, -1, -1), shuffled, strict=True):
        if left == 0 and (part_of == "train").sum() == 1:
            break  # train keeps at least one group
        part = max(filled, key=lambda name: (wanted[name] - filled[name]) / wanted[name])
        # A group goes where most is still owed, as long as it brings that part closer.
        if wanted[part] - filled[part] > sizes[group] / 2:
            part_of[group] = part
            filled[part] += sizes[group]
    return {part: np.flatnonzero((part_of == part)[codes]) for part in PARTS}


def _check_classes(target: pd.Series, parts: dict[str, Any], classification: bool) -> None:
    if not classification:
        return
    labels = {part: set(target.iloc[rows].unique()) for part, rows in parts.items()}
    if len(labels["train"]) < 2:
        raise RepriseError(
            f"the train part needs at least two classes, got only {labels['train']}: "
            "change the split or the fractions"
        )
