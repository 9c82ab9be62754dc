"""Why a model predicts what it does: what each raw column contributes, and how that is added up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

# A probability of zero has no logarithm: this counts as the least there is.
_LEAST = 1e-6
# Points of the mean of softmax' slopes between two sets of scores.
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class Attribution:
    """Contributions (rows, columns, outputs), which added to the `base` (outputs,) give outputs.

    Of a model of numbers there is one output. Of classes there is one a class: scores, of which
    softmax makes probabilities, or probabilities as such.
    """

    contributions: np.ndarray
    base: np.ndarray
    scores: bool = False

    @property
    def outputs(self) -> np.ndarray:
        """What the contributions add up to, (rows, outputs)."""
        return np.asarray(self.base + _summed(self.contributions))

    def as_probabilities(self) -> "Attribution":
        """The same of probabilities.

        Scores are followed along the straight way from the base to the row (integrated gradients;
        Sundararajan et al. 2017): for two classes all contributions are multiplied by one number.
        """
        if not self.scores:
            return self
        base, change = _softmax(self.base), _summed(self.contributions)
        slopes = np.zeros((*change.shape, change.shape[1]))
        for point, weight in zip((_POINTS + 1) / 2, _WEIGHTS / 2, strict=True):
            p = _softmax(self.base + point * change)
            slopes += weight * (np.eye(p.shape[1]) - p[:, np.newaxis, :]) * p[:, :, np.newaxis]
        # What these points miss of the change is put where the change is.
        missed = _softmax(self.base + change) - base - _times(slopes, change)
        size = _summed(change**2)
        direction = np.divide(
            change, size[:, np.newaxis], out=np.zeros_like(change), where=size[:, np.newaxis] > 0
        )
        slopes += missed[:, :, np.newaxis] * direction[:, np.newaxis, :]
        found = np.zeros_like(self.contributions)
        for output in range(found.shape[2]):
            found[:, :, output] = _times(self.contributions, slopes[:, output])
        return Attribution(found, base)


@dataclass(frozen=True)
class Reasons:
    """What moved predictions: contributions of the raw `columns` (rows, columns), float64.

    Added to the `base` of a row (rows,) they give its prediction: a number, in the target's unit;
    of classes the log-odds of the label that is predicted, log p minus the mean log p of the other
    labels.
    """

    columns: list[str]
    contributions: np.ndarray
    base: np.ndarray

    def largest(self, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Names and contributions of the columns that moved each row most, rank by rank.

        There are `count` pairs of arrays (rows,), names as objects; None and NaN where no further
        column has moved the row. Of equals the first column comes first.
        """
        order = np.argsort(-np.abs(self.contributions), axis=1, kind="stable")
        names = np.array([*self.columns, None], dtype=object)
        found = []
        for rank in range(count):
            if rank >= len(self.columns):
                nothing = np.full(len(self.base), np.nan)
                found.append((np.full(len(self.base), None, dtype=object), nothing))
                continue
            chosen = order[:, rank]
            values = np.take_along_axis(self.contributions, chosen[:, np.newaxis], axis=1)[:, 0]
            moved = values != 0
            found.append((names[np.where(moved, chosen, -1)], np.where(moved, values, np.nan)))
        return found


def of_number(columns: Sequence[str], attribution: Attribution) -> Reasons:
    """The reasons for numbers."""
    contributions = attribution.contributions[:, :, 0]
    base = np.full(len(contributions), attribution.base[0])
    return Reasons(list(columns), np.ascontiguousarray(contributions), base)


def of_label(columns: Sequence[str], attribution: Attribution, chosen: np.ndarray) -> Reasons:
    """The reasons for the labels at positions `chosen` (rows,) among the classes.

    Of scores, their differences. Probabilities are followed along the straight way from the base to
    the row, each by itself: its contributions are multiplied by one number, the change of its
    logarithm by its own (Chen et al. 2022, "Explaining a series of models by propagating Shapley
    values").
    """
    found, base = attribution.contributions, attribution.base
    if not attribution.scores:
        slopes = _slopes(np.maximum(attribution.outputs, 0.0), base)
        found, base = found * slopes[:, np.newaxis, :], _log(base)
    classes = len(base)
    against = np.full((len(chosen), classes), -1.0 / max(1, classes - 1))
    against[np.arange(len(chosen)), chosen] = 1.0
    contributions, start = np.zeros(found.shape[:2]), np.zeros(len(chosen))
    for output in range(classes):
        contributions += found[:, :, output] * against[:, output, np.newaxis]
        start += base[output] * against[:, output]
    return Reasons(list(columns), contributions, start)


def weighted(found: Sequence[Attribution], weights: Sequence[float]) -> Attribution:
    """The attribution of a weighted mean of outputs: of numbers, or of probabilities."""
    members = [each.as_probabilities() for each in found]
    contributions = members[0].contributions * weights[0]
    base = members[0].base * weights[0]
    for member, weight in zip(members[1:], weights[1:], strict=True):
        contributions = contributions + member.contributions * weight
        base = base + member.base * weight
    return replace(members[0], contributions=contributions, base=base)


def _summed(values: np.ndarray) -> np.ndarray:
    """The sum along the second axis, in order: NumPy's depends on the shape."""
    total = np.zeros((len(values), *values.shape[2:]))
    for position in range(values.shape[1]):
        total += values[:, position]
    return total


def _times(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Each matrix times its vector, summed in order: (rows, m, n), (rows, n) to (rows, m)."""
    total = np.zeros(matrices.shape[:2])
    for position in range(matrices.shape[2]):
        total += matrices[:, :, position] * vectors[:, np.newaxis, position]
    return total


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.maximum(probabilities, _LEAST)))


def _slopes(outputs: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Change of the logarithm by change of the probability, (rows, classes)."""
    change = outputs - base
    tiny = np.abs(change) < 1e-9 * np.maximum(base, _LEAST)
    slope = np.divide(_log(outputs) - _log(base), change, out=np.zeros_like(change), where=~tiny)
    return np.where(tiny, 1 / np.maximum(base, _LEAST), slope)
