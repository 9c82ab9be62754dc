"""The edges of a histogram's bins, for any finite numbers."""

import numpy as np


def bin_edges(numbers: np.ndarray, count: int) -> np.ndarray:
    """Edges of `count` equal bins over all numbers, float64 of shape (count + 1,), rising.

    Where a few far values would empty most bins, they share the outer ones. Numbers that cannot be
    told apart, or lie too far apart to be subtracted, share one bin.
    """
    lowest, highest = float(np.min(numbers)), float(np.max(numbers))
    with np.errstate(over="ignore"):
        span = np.subtract(highest, lowest)
    if not np.isfinite(span):
        return np.array([lowest, highest])
    low, high = np.quantile(numbers, [0.005, 0.995], method="nearest")
    few_are_far = low < high and span > 4 * (high - low)
    edges = np.linspace(low if few_are_far else lowest, high if few_are_far else highest, count + 1)
    edges[0], edges[-1] = lowest, highest
    if (np.diff(edges) > 0).all():
        return edges
    return np.array([lowest - (abs(lowest) or 1) / 2, highest + (abs(highest) or 1) / 2])
