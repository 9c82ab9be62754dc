"""What bench/quality.py has measured, as text: a row for each table, means and wins."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

# Of a model that leaves nothing to be wrong about (log loss 0), a ratio says nothing.
_SMALLEST = 1e-9


@dataclass(frozen=True)
class Result:
    """A contestant on a table: test error, seconds it learned for and predicts the test part in.

    `size` is in bytes, of what is needed to predict; `what` is the model it ended with.
    """

    table: str
    seed: int
    label: str
    metric: str
    error: float
    seconds: float
    predicting: float
    size: int
    what: str

    @property
    def line(self) -> str:
        """The result in a line."""
        return (
            f"{self.table:<14} seed {self.seed} {self.label:<15} {self.metric} {self.error:.5g}  "
            f"{_cost([self])} ({self.what})"
        )


def summary(results: Sequence[Result], label: str, rivals: Sequence[str]) -> str:
    """Each table with its mean error, ratios of the errors to each rival's and costs, losses first.

    A ratio is the geometric mean over the seeds that both have; a table is won below 1.
    """
    ratios = {rival: ratios_of(results, label, rival) for rival in rivals}
    first = ratios[rivals[0]] if rivals else {}
    names = list(dict.fromkeys(each.table for each in results if each.label == label))
    names.sort(key=lambda name: -first.get(name, 0.0))
    lines = [f"{'':<14} {'error':>10} " + "".join(f"{rival:>16}" for rival in rivals)]
    for name in names:
        own = [each for each in results if (each.table, each.label) == (name, label)]
        told = "".join(f"{ratios[rival].get(name, math.nan):16.3f}" for rival in rivals)
        lines.append(f"{name:<14} {fmean(each.error for each in own):10.5g} {told}")
        for contestant in (label, *rivals):
            found = [each for each in results if (each.table, each.label) == (name, contestant)]
            if found:
                lines.append(f"  {contestant:<15} {_cost(found)}")
    for rival in rivals:
        if ratios[rival]:
            lines.append(f"{label} / {rival}: {_judged(ratios[rival])}")
    for contestant in (label, *rivals):
        found = [each for each in results if each.label == contestant]
        if found:
            lines.append(f"{contestant}: on average {_cost(found)}")
    return "\n".join(lines)


def ratios_of(results: Iterable[Result], label: str, rival: str) -> dict[str, float]:
    """Of each table the geometric mean, over the seeds that both have, of error to error."""
    by = {(each.table, each.seed, each.label): each.error for each in results}
    logs: dict[str, list[float]] = {}
    for (table, seed, contestant), error in by.items():
        other = by.get((table, seed, rival))
        if contestant == label and other is not None:
            ratio = max(error, _SMALLEST) / max(other, _SMALLEST)
            logs.setdefault(table, []).append(math.log(ratio))
    return {table: math.exp(fmean(found)) for table, found in logs.items()}


def _judged(ratios: dict[str, float]) -> str:
    mean = math.exp(fmean(math.log(ratio) for ratio in ratios.values()))
    wins = sum(ratio < 1 for ratio in ratios.values())
    worst = max(ratios, key=ratios.__getitem__)
    return (
        f"geometric mean {mean:.3f}, {wins} of {len(ratios)} tables won, "
        f"at worst {ratios[worst]:.3f} ({worst})"
    )


def _cost(found: Sequence[Result]) -> str:
    seconds = fmean(each.seconds for each in found)
    predicting = fmean(each.predicting for each in found)
    size = fmean(each.size for each in found)
    return f"{seconds:5.0f} s, predicts in {predicting:.3f} s, {size / 1e6:.1f} MB"
