"""Exact Shapley values of the features of trees, path-dependent, for many rows at once.

What a tree gives when only some features are known is the mean over its branches at the splits of
the others, weighted by the training rows that took them (TreeSHAP's path-dependent value; Lundberg
et al. 2020, "From local explanations to global understanding with explainable AI for trees").

The Shapley weight |S|! (d - 1 - |S|)! / d! is the integral of t^|S| (1 - t)^(d - 1 - |S|) over
[0, 1], so that a sum over subsets becomes the integral of a product of a factor for each feature
on the way to a leaf: t + (1 - t) z where the row goes that way, (1 - t) z where it does not, z the
share of training rows that went. It is a polynomial in t, which Gauss and Legendre's rule with d/2
points integrates without error; the products of all leaves are made once down the tree, their sums
once up (after Yu et al. 2022, "Linear TreeShap"). Every factor is positive, so nothing cancels.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from .tree_paths import Paths, TreeBlock
from .trees import Trees

# Numbers that are worked on at a time: more would not fit the processor's cache.
_AT_ONCE = 1 << 17
# From so many rows on it pays to find those that go the same ways through a tree.
_MANY_ROWS = 64
_FEW_SPLITS, _MOST_SPLITS = 16, 64


class TreeShapley:
    """Contributions of columns to the outputs of trees.

    `owners` of shape (features,) are the positions of the columns that features were made from: the
    contribution of a column is the sum of those of its features.
    """

    def __init__(self, trees: Trees, owners: np.ndarray, columns: int) -> None:
        self._trees, self._columns = trees, columns
        self._owners = np.asarray(owners, dtype="int64")

    @cached_property
    def _paths(self) -> Paths:
        return Paths.of(self._trees)

    @property
    def work(self) -> float:
        """About how many operations a row takes."""
        outputs = self._trees.values.shape[1]
        return float(10 * outputs * len(self._trees.feature) * len(self._paths.points))

    @cached_property
    def base(self) -> np.ndarray:
        """The outputs where nothing is known of a row, float64 of shape (outputs,)."""
        return np.asarray(self._trees.start + self._paths.reach @ self._trees.values)

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """Contributions to the outputs of rows (rows, features): (rows, columns, outputs).

        They add up to the output minus the base. A row has the same, to the last bit, in any
        company.
        """
        known = np.ascontiguousarray(np.asarray(rows, dtype=self._trees.dtype).T, dtype="float64")
        lowest = np.where(np.isnan(known), -np.inf, known)
        found = np.zeros((self._trees.values.shape[1], self._columns, len(rows)))
        for first, last in self._together(len(rows)):
            block = TreeBlock.of(self._trees, self._paths, self._owners, first, last)
            self._add(block, known, lowest, found)
        return np.ascontiguousarray(found.transpose(2, 1, 0))

    def _together(self, rows: int) -> Iterator[tuple[int, int]]:
        """Trees that are worked on together, from and to: small ones, for few rows."""
        first, nodes = 0, 0
        for tree, size in enumerate(self._trees.sizes):
            if nodes and (nodes + size) * max(rows, 1) > _AT_ONCE:
                yield first, tree
                first, nodes = tree, 0
            nodes += size
        yield first, len(self._trees.roots)

    def _add(
        self, block: TreeBlock, known: np.ndarray, lowest: np.ndarray, found: np.ndarray
    ) -> None:
        for start, goes, of_row in _ways(block, known, lowest):
            for output, column, values in self._parts(block, goes):
                place = found[output, column, start : start + len(of_row)]
                place += values[of_row]

    def _parts(self, block: TreeBlock, goes: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
        """(output, column, contributions) of each tree, in its order, for ways through it."""
        width = max(1, _AT_ONCE // block.nodes)
        starts = range(0, goes.shape[1], width)
        pieces = [
            block.contributions(goes[:, start : start + width], self._paths) for start in starts
        ]
        for output in range(self._trees.values.shape[1]):
            together = [piece[output] for piece in pieces]
            values = together[0] if len(together) == 1 else np.concatenate(together, axis=1)
            for pair, column in enumerate(block.columns):
                yield output, int(column), values[pair]


def _ways(
    block: TreeBlock, known: np.ndarray, lowest: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(first row, ways through the block (splits, ways), which of them each row goes).

    Rows come in pieces, in order. Those that go the same ways have the same contributions.
    """
    rows = known.shape[1]
    size = max(1, 16 * _AT_ONCE // max(1, len(block.feature)))
    for start in range(0, rows, size):
        piece = slice(start, start + size)
        goes = block.goes_left(known[:, piece], lowest[:, piece])
        count = goes.shape[1]
        if count < _MANY_ROWS or len(block.feature) > _MOST_SPLITS or not len(block.feature):
            yield start, goes, np.arange(count)
        else:
            yield start, *_different(goes)


def _different(goes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different columns of truth values, and which of them each column is."""
    splits = len(goes)
    packed = np.packbits(goes, axis=0, bitorder="little")
    codes = np.zeros(goes.shape[1], dtype="<u2" if splits <= _FEW_SPLITS else "<u8")
    for place, part in enumerate(packed):
        codes |= part.astype(codes.dtype) << codes.dtype.type(8 * place)
    if splits <= _FEW_SPLITS:
        there = np.zeros(1 << splits, dtype=bool)
        there[codes] = True
        each = np.flatnonzero(there).astype(codes.dtype)
        of_row = (np.cumsum(there) - 1)[codes]
    else:
        each, of_row = np.unique(codes, return_inverse=True)
    bits = np.unpackbits(each[:, np.newaxis].view("uint8"), axis=1, bitorder="little")
    return np.ascontiguousarray(bits[:, :splits].T.astype(bool)), of_row
