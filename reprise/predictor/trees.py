"""The trees of a fitted ensemble as plain arrays, whatever library has grown them."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

_LEAF = -1
# Of these the raw scores are the predictions, or what makes probabilities.
_PLAIN_LOSSES = ("squared_error", "absolute_error", "quantile", "log_loss")


@dataclass(frozen=True)
class Trees:
    """Binary trees whose leaves add up, one after the other in arrays of shape (nodes,).

    A row goes left where its `feature` is at most the `threshold`, or where it is missing and
    `missing_left` says so; children are positions in the same arrays, -1 for leaves. `covers` are
    how many training rows came to a node, `values` of shape (nodes, outputs) what leaves add to
    each output. Each tree begins at one of `roots`; outputs begin at `start`, shape (outputs,).
    """

    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    left: np.ndarray
    right: np.ndarray
    covers: np.ndarray
    values: np.ndarray
    roots: np.ndarray
    start: np.ndarray
    dtype: str = "float64"

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name."""
        return {
            each.name: getattr(self, each.name) for each in fields(self) if each.name != "dtype"
        }

    def outputs(self, rows: np.ndarray) -> np.ndarray:
        """What they say of rows (rows, features): float64 (rows, outputs).

        A row has the same, to the last bit, in any company: trees are added one after the other.
        """
        known = np.asarray(rows, dtype=self.dtype).astype("float64")
        everyone = np.arange(len(known))
        total = np.tile(self.start, (len(known), 1))
        for root in self.roots:
            nodes = np.full(len(known), root)
            while (inner := self.left[nodes] >= 0).any():
                at, who = nodes[inner], everyone[inner]
                value = known[who, self.feature[at]]
                left = (value <= self.threshold[at]) | (np.isnan(value) & self.missing_left[at])
                nodes[inner] = np.where(left, self.left[at], self.right[at])
            total += self.values[nodes]
        return total

    @property
    def sizes(self) -> np.ndarray:
        """How many nodes each tree has, shape (trees,)."""
        return np.diff(np.append(self.roots, len(self.feature)))


def trees_of(estimator: Any) -> Trees | None:
    """The trees of one of scikit-learn's forests or histogram boostings; None for anything else.

    Those of a boosting add up to its raw scores: one for two classes, one a class for more. Those
    of a forest add up to the mean number, or to the probability of each class (of two, the second).
    """
    if hasattr(estimator, "_predictors"):
        return _boosted(estimator) if estimator.loss in _PLAIN_LOSSES else None
    grown = getattr(estimator, "estimators_", None)
    if grown is not None and all(hasattr(tree, "tree_") for tree in np.ravel(grown)):
        return _forest(estimator)
    return None


def _boosted(booster: Any) -> Trees | None:
    start = np.asarray(booster._baseline_prediction, dtype="float64").ravel()
    trees = [tree.nodes for stage in booster._predictors for tree in stage]
    if any(nodes["is_categorical"].any() for nodes in trees):
        return None  # splits by sets of categories have no threshold
    parts = []
    for number, nodes in enumerate(trees):
        leaf = nodes["is_leaf"].astype(bool)
        values = np.zeros((len(nodes), len(start)))
        values[leaf, number % len(start)] = nodes["value"][leaf]
        parts.append(
            {
                "feature": nodes["feature_idx"],
                "threshold": nodes["num_threshold"],
                "missing_left": nodes["missing_go_to_left"],
                "left": np.where(leaf, _LEAF, nodes["left"].astype("int64")),
                "right": np.where(leaf, _LEAF, nodes["right"].astype("int64")),
                "covers": nodes["count"],
                "values": values,
            }
        )
    return _joined(parts, start, "float64")


def _forest(forest: Any) -> Trees:
    """scikit-learn takes the rows of a forest as float32."""
    parts = []
    count = len(forest.estimators_)
    for each in forest.estimators_:
        tree = each.tree_
        values = tree.value[:, 0, :] / count
        # Of two classes one says all.
        values = values[:, 1:] if hasattr(forest, "classes_") and values.shape[1] == 2 else values
        parts.append(
            {
                "feature": tree.feature,
                "threshold": tree.threshold,
                "missing_left": tree.missing_go_to_left,
                "left": tree.children_left,
                "right": tree.children_right,
                "covers": tree.weighted_n_node_samples,
                "values": np.where((tree.children_left == _LEAF)[:, np.newaxis], values, 0.0),
            }
        )
    return _joined(parts, np.zeros(parts[0]["values"].shape[1]), "float32")


def _joined(parts: list[dict[str, np.ndarray]], start: np.ndarray, dtype: str) -> Trees:
    sizes = [len(part["feature"]) for part in parts]
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype("int64")
    for part, root in zip(parts, roots, strict=True):
        for side in ("left", "right"):
            child = part[side].astype("int64")
            part[side] = np.where(child == _LEAF, _LEAF, child + root)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Trees(
        joined["feature"].astype("int64"),
        joined["threshold"].astype("float64"),
        joined["missing_left"].astype(bool),
        joined["left"],
        joined["right"],
        joined["covers"].astype("float64"),
        joined["values"],
        roots,
        start,
        dtype,
    )
