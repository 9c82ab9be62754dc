"""The ways through trees, and what the features on them contribute."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .trees import Trees


@dataclass(frozen=True)
class Paths:
    """What is true of each node whatever the row, arrays of shape (nodes,).

    `up` is the parent, `before` the last node on the way that a split of the same feature led to,
    both the root itself where there is none. `share` of the training rows took the splits of that
    feature so far, `reach` those of all. `points` and `weights` integrate over [0, 1].
    """

    up: np.ndarray
    before: np.ndarray
    depth: np.ndarray
    share: np.ndarray
    reach: np.ndarray
    points: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, trees: Trees) -> Self:
        """The paths of trees."""
        nodes = np.arange(len(trees.feature))
        up = nodes.copy()
        inner = np.flatnonzero(trees.left >= 0)
        up[trees.left[inner]] = up[trees.right[inner]] = inner
        depth, level = np.zeros(len(nodes), dtype="int64"), trees.roots
        levels = [level]
        while len(level := level[trees.left[level] >= 0]):
            level = np.concatenate([trees.left[level], trees.right[level]])
            depth[level] = len(levels)
            levels.append(level)
        before = _before(trees.feature, up, nodes)
        share, reach = np.ones(len(nodes)), np.ones(len(nodes))
        known = np.zeros(len(nodes), dtype="int64")
        for level in levels[1:]:
            part = trees.covers[level] / trees.covers[up[level]]
            share[level] = part * share[before[level]]
            reach[level] = part * reach[up[level]]
            known[level] = known[up[level]] + (before[level] == before[before[level]])
        points, weights = np.polynomial.legendre.leggauss(max(1, (int(known.max()) + 1) // 2))
        return cls(up, before, depth, share, reach, (points + 1) / 2, weights / 2)


def _before(feature: np.ndarray, up: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """For each node the last above it that a split of the same feature led to, or the root."""
    before = up.copy()
    looking = nodes[up != nodes]
    while len(looking):
        at = before[looking]
        looking = looking[(up[at] != at) & (feature[up[at]] != feature[up[looking]])]
        before[looking] = up[before[looking]]
    return before


@dataclass(frozen=True)
class TreeBlock:
    """Trees that are worked on together, their nodes ordered by depth.

    `order` are their positions among all nodes; the others are as in Trees and Paths, of positions
    in this order. `inner` are the nodes that split, in which the columns of `feature`, `threshold`
    and `missing_left` are. `sums` of shape (pairs, nodes) adds up nodes by tree and column;
    `columns` are those of the pairs, tree by tree.
    """

    order: np.ndarray
    ends: np.ndarray
    up: np.ndarray
    before: np.ndarray
    is_left: np.ndarray
    inner: np.ndarray
    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    values: np.ndarray
    sums: Any
    columns: np.ndarray

    @property
    def nodes(self) -> int:
        """How many there are."""
        return len(self.order)

    @classmethod
    def of(cls, trees: Trees, paths: Paths, owners: np.ndarray, first: int, last: int) -> Self:
        """The trees from `first` to before `last`."""
        from scipy.sparse import csr_array

        start = trees.roots[first]
        end = trees.roots[last] if last < len(trees.roots) else len(trees.feature)
        depth = paths.depth[start:end]
        order = start + np.argsort(depth, kind="stable")
        place = np.empty(end - start, dtype="int64")
        place[order - start] = np.arange(end - start)
        up, before = place[paths.up[order] - start], place[paths.before[order] - start]
        inner = np.flatnonzero(trees.left[order] >= 0)
        splits = order[inner]
        left, right = place[trees.left[splits] - start], place[trees.right[splits] - start]
        is_left = np.zeros(len(order), dtype=bool)
        is_left[left] = True
        below = np.flatnonzero(up != np.arange(len(order)))
        tree = np.searchsorted(trees.roots, order[below], side="right")
        owner = owners[trees.feature[order[up[below]]]]
        pairs, which = np.unique(np.stack([tree, owner]), axis=1, return_inverse=True)
        shape = (pairs.shape[1], len(order))
        return cls(
            order,
            np.cumsum(np.bincount(depth)),
            up,
            before,
            is_left,
            inner,
            left,
            right,
            trees.feature[splits],
            trees.threshold[splits],
            trees.missing_left[splits],
            trees.values[order],
            csr_array((np.ones(len(below)), (which.ravel(), below)), shape=shape),
            pairs[1],
        )

    def goes_left(self, known: np.ndarray, lowest: np.ndarray) -> np.ndarray:
        """Whether rows go left at the splits, (splits, rows).

        `known` are features (features, rows), in `lowest` missing ones are below all others.
        """
        goes = np.empty((len(self.feature), known.shape[1]), dtype=bool)
        for split, (feature, threshold, left) in enumerate(
            zip(self.feature, self.threshold, self.missing_left, strict=True)
        ):
            np.less_equal((lowest if left else known)[feature], threshold, out=goes[split])
        return goes

    def contributions(self, goes: np.ndarray, paths: Paths) -> np.ndarray:
        """Contributions by tree and column to each output, (outputs, pairs, ways).

        `goes` says at which splits a way goes left, (splits, ways).
        """
        there = self._there(goes)
        before = there[self.before]
        share = paths.share[self.order]
        total = np.zeros((self.values.shape[1], *there.shape))
        for point, weight in zip(paths.points, paths.weights, strict=True):
            gone, stayed = point + (1 - point) * share, (1 - point) * share
            ratio = _chosen(
                there,
                before,
                gone / gone[self.before],
                stayed / gone[self.before],
                share / share[self.before],
            )
            product = np.ones(there.shape)
            for start, end in zip(self.ends[:-1], self.ends[1:], strict=True):
                level = slice(start, end)
                np.multiply(product[self.up[level]], ratio[level], out=product[level])
            gain = (1 - share) / gone
            effect = _chosen(
                there,
                before,
                weight * (gain - gain[self.before]),
                weight * (-1 / (1 - point) - gain[self.before]),
                np.zeros(len(share)),
            )
            for output, into in enumerate(total):
                into += effect * self._upward(self.values[:, output, np.newaxis] * product)
        return np.stack([np.asarray(self.sums @ each) for each in total])

    def _there(self, goes: np.ndarray) -> np.ndarray:
        """Whether a way takes the splits of a node's feature so far, (nodes, ways)."""
        left = np.zeros((self.nodes, goes.shape[1]), dtype=bool)
        left[self.inner] = goes
        there = np.ones(left.shape, dtype=bool)
        for start, end in zip(self.ends[:-1], self.ends[1:], strict=True):
            level = slice(start, end)
            taken = left[self.up[level]] == self.is_left[level, np.newaxis]
            there[level] = taken & there[self.before[level]]
        return there

    def _upward(self, leaves: np.ndarray) -> np.ndarray:
        """Of what is at the leaves, the sums below each node."""
        bounds = np.searchsorted(self.inner, self.ends)
        for start, end in zip([0, *bounds[:-1]][::-1], bounds[::-1], strict=True):
            level = slice(start, end)
            leaves[self.inner[level]] = leaves[self.left[level]] + leaves[self.right[level]]
        return leaves


def _chosen(
    there: np.ndarray,
    before: np.ndarray,
    both: np.ndarray,
    no_longer: np.ndarray,
    neither: np.ndarray,
) -> np.ndarray:
    """For each node and way one of three numbers of the node: who is there was so before."""
    other = np.where(before, no_longer[:, np.newaxis], neither[:, np.newaxis])
    return np.where(there, both[:, np.newaxis], other)
