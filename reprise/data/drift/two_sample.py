"""Whether two samples differ by more than chance: tests that count both samples' sizes."""

from collections.abc import Sequence

import numpy as np

# Beyond so many standard deviations the tail of a hypergeometric distribution adds nothing.
_DEVIATIONS = 12


def ks(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """(largest gap between two distribution functions, its p-value), from counts in equal bins.

    Kolmogorov and Smirnov's two-sample test. The bins need not tell all values apart, and values
    may be tied: the gap is then at most that of the values, and the test errs to the safe side.
    """
    from scipy.special import kolmogorov

    rows, others = int(first.sum()), int(second.sum())
    if not rows or not others:
        return 0.0, 1.0
    gap = float(np.abs(np.cumsum(first) / rows - np.cumsum(second) / others).max())
    return gap, float(kolmogorov(gap * (rows * others / (rows + others)) ** 0.5))


def shares(
    first: np.ndarray, rows: int, second: np.ndarray, others: int
) -> tuple[float, float, int]:
    """(largest difference of a share, p-value, which one is the least likely) of several counts.

    `first` of `rows` and `second` of `others`: Fisher's exact test of each, Bonferroni over all.
    """
    if not rows or not others or not len(first):
        return 0.0, 1.0, 0
    chances = [fisher(int(a), rows, int(b), others) for a, b in zip(first, second, strict=True)]
    least = int(np.argmin(chances))
    size = float(np.abs(first / rows - second / others).max())
    return size, min(1.0, len(chances) * chances[least]), least


def fisher(first: int, rows: int, second: int, others: int, greater: bool = False) -> float:
    """p-value of Fisher's exact test that `first` of `rows` is the share of `second` of `others`.

    Two-sided by doubling the smaller tail; with `greater` against the second share being larger.
    """
    if not rows or not others:
        return 1.0
    above = _upper_tail(second, others, first + second, rows + others)
    if greater:
        return above
    below = _upper_tail(first, rows, first + second, rows + others)
    return min(1.0, 2 * min(above, below))


def _upper_tail(least: int, drawn: int, marked: int, total: int) -> float:
    """The chance of `least` or more marked among so many drawn without putting back."""
    from scipy.special import gammaln

    lowest, highest = max(0, drawn + marked - total), min(drawn, marked)
    if least <= lowest:
        return 1.0
    share = marked / total
    spread = (drawn * share * (1 - share) * (total - drawn) / max(1, total - 1)) ** 0.5
    room = int(_DEVIATIONS * spread) + 64
    start = max(least, int(drawn * share) - room)
    k = np.arange(start, min(highest, start + 2 * room) + 1, dtype="float64")

    def choose(n: int, k: np.ndarray | float) -> np.ndarray:
        return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - np.asarray(k) + 1))

    logs = choose(marked, k) + choose(total - marked, drawn - k) - choose(total, float(drawn))
    return float(min(1.0, np.exp(logs).sum()))


def topmost(count: int, rows: int, others: int) -> float:
    """The chance that the `count` largest of both samples are all of the second.

    That is how likely so many of `others` values lie above all of `rows` (Rosenbaum 1954).
    """
    from scipy.special import gammaln

    if not count:
        return 1.0
    log = gammaln(others + 1) - gammaln(others - count + 1)
    log -= gammaln(rows + others + 1) - gammaln(rows + others - count + 1)
    return float(np.exp(log))


def holm(chances: Sequence[float]) -> list[float]:
    """p-values adjusted for all being looked at together (Holm 1979): compare each with alpha."""
    order = np.argsort(chances, kind="stable")
    factors = len(chances) - np.arange(len(chances))
    adjusted = np.minimum(1.0, np.maximum.accumulate(np.asarray(chances)[order] * factors))
    found = np.empty(len(chances))
    found[order] = adjusted
    return [float(value) for value in found]
