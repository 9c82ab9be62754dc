"""How a fitted pipeline is explained: trees and linear models exactly, anything else by samples."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from .background import Background
from .feature_owners import owners_of
from .mlp import Network
from .not_offered import NotOffered
from .reasons import Attribution
from .sampled_shapley import SampledShapley
from .tree_shapley import TreeShapley
from .trees import Trees, trees_of

# Of an estimator of which nothing is known.
_WORK_OF_FEATURE = 1000
Estimate = Callable[[np.ndarray], np.ndarray]


class Explainer(Protocol):
    """Explains rows of features, (rows, features); a row takes about `work` operations."""

    work: float

    def attribution(self, features: np.ndarray) -> Attribution:
        """What each raw column contributes."""


def needs_background(estimator: Any) -> bool:
    """Whether an estimator, None for a network, is explained against rows that it learned from."""
    return trees_of(estimator) is None


def explainer_of(
    steps: Sequence[Any],
    learned: Any,
    estimate: Estimate,
    background: Background | None,
    columns: Sequence[str],
    classes: int | None,
) -> Explainer:
    """What explains a pipeline: the `steps` that make features, and the estimator or Network.

    `estimate` is what it predicts from features: numbers (rows,), or probabilities. Raises
    NotOffered where the model does not keep what it takes.
    """
    owners = owners_of(steps, columns)
    if (trees := trees_of(learned)) is not None:
        scores = hasattr(learned, "_predictors")
        return _OfTrees(trees, owners, len(columns), classes, scores)
    if background is None:
        raise NotOffered(
            "reasons need rows to explain against, which this model was stored without: train it "
            "again"
        )
    if isinstance(learned, Network):
        return _Sampled(
            learned.scores,
            learned.scores_together,
            background,
            owners,
            len(columns),
            classes is not None,
            sum(weights.size for weights, _ in learned.layers),
        )

    def outputs(features: np.ndarray) -> np.ndarray:
        found = np.asarray(estimate(features), dtype="float64")
        return found[:, np.newaxis] if found.ndim == 1 else found

    linear = _Linear.of(learned, background, owners, len(columns))
    if linear is not None and linear.predicts(outputs(background.rows), background.rows):
        return linear
    work = background.rows.shape[1] * _WORK_OF_FEATURE
    return _Sampled(outputs, outputs, background, owners, len(columns), False, work)


class _OfTrees:
    def __init__(
        self, trees: Trees, owners: np.ndarray, columns: int, classes: int | None, scores: bool
    ) -> None:
        self._shapley = TreeShapley(trees, owners, columns)
        self._classes, self._scores = classes, scores
        self.work = self._shapley.work

    def attribution(self, features: np.ndarray) -> Attribution:
        found, base = self._shapley.contributions(features), self._shapley.base
        scores = self._scores and self._classes is not None
        if self._classes == 2 and len(base) == 1:
            # Of the first class, whose score is 0, or whose probability is what the other leaves.
            other = np.zeros_like(found) if scores else -found
            found = np.concatenate([other, found], axis=2)
            base = np.array([0.0 if scores else 1 - base[0], base[0]])
        return Attribution(found, base, scores)


class _Linear:
    """Coefficients of shape (outputs, features): a feature contributes what its distance makes."""

    def __init__(
        self,
        coefficients: np.ndarray,
        intercepts: np.ndarray,
        background: Background,
        owners: np.ndarray,
        columns: int,
        scores: bool,
    ) -> None:
        self._coefficients, self._means = coefficients, background.means
        self._owners, self._columns, self._scores = owners, columns, scores
        self._base = intercepts + coefficients @ background.means
        self.work = float(coefficients.size)

    @classmethod
    def of(
        cls, estimator: Any, background: Background, owners: np.ndarray, columns: int
    ) -> "_Linear | None":
        """The linear model that an estimator may be; None where it has no coefficients."""
        inner = getattr(estimator, "regressor_", estimator)
        if not hasattr(inner, "coef_"):
            return None
        coefficients = np.atleast_2d(np.asarray(inner.coef_, dtype="float64"))
        intercepts = np.atleast_1d(np.asarray(inner.intercept_, dtype="float64"))
        scaler: Any = getattr(estimator, "transformer_", None)
        if hasattr(scaler, "scale_") and hasattr(scaler, "mean_"):
            coefficients = coefficients * scaler.scale_
            intercepts = intercepts * scaler.scale_ + scaler.mean_
        scores = hasattr(estimator, "classes_")
        if scores and len(intercepts) == 1:
            nothing = np.zeros_like(coefficients)
            coefficients = np.concatenate([nothing, coefficients])
            intercepts = np.append(0.0, intercepts)
        return cls(coefficients, intercepts, background, owners, columns, scores)

    def predicts(self, outputs: np.ndarray, features: np.ndarray) -> bool:
        """Whether the model's outputs for features are what contributions add up to."""
        found = self.attribution(features)
        return np.allclose(found.as_probabilities().outputs, outputs, rtol=1e-9, atol=1e-9)

    def attribution(self, features: np.ndarray) -> Attribution:
        outputs = len(self._base)
        found = np.zeros((len(features), self._columns, outputs))
        distances = np.asarray(features, dtype="float64") - self._means
        for feature, owner in enumerate(self._owners):
            for output in range(outputs):
                coefficient = self._coefficients[output, feature]
                if coefficient:
                    found[:, owner, output] += distances[:, feature] * coefficient
        return Attribution(found, self._base, self._scores)


class _Sampled:
    """What predicts rows in any company, and what may be faster for many of them at once."""

    def __init__(
        self,
        outputs: Estimate,
        together: Estimate,
        background: Background,
        owners: np.ndarray,
        columns: int,
        scores: bool,
        work: int,
    ) -> None:
        self._outputs, self._scores = outputs, scores
        self._shapley = SampledShapley(together, background.rows, owners, columns)
        self.work = 2.0 * len(background.rows) * (columns + 1) * work

    def attribution(self, features: np.ndarray) -> Attribution:
        rows = np.asarray(features, dtype="float64")
        found = self._shapley.contributions(rows, self._outputs(rows))
        return Attribution(found, self._shapley.base, self._scores)
