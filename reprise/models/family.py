"""What a model family is: its hyperparameters, its search space and how it is fitted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from reprise.data.schema import Task
from reprise.errors import RepriseError
from reprise.models.class_weights import class_weights
from reprise.models.codes import keep_codes
from reprise.predictor import (
    Background,
    ColumnKind,
    Network,
    PipelineModel,
    TabularModel,
    needs_background,
    single_threaded,
)

Hyperparameters = Mapping[str, int | float]


@dataclass(frozen=True)
class Hyperparameter:
    """One number of a family: its default, the values allowed, and where a search looks.

    `low` and `high` bound what a user may give, `search` what `tune` tries (None: left at the
    default); `log` searches its logarithm. `grid` are the values of the grid sampler. Searches for
    metrics other than `metrics` leave it at its default (none: every metric).
    """

    default: int | float
    low: float
    high: float
    help: str
    search: tuple[float, float] | None = None
    log: bool = False
    grid: Sequence[int | float] = ()
    metrics: Sequence[str] = ()

    @property
    def kind(self) -> type[int] | type[float]:
        """int or float, as the default is."""
        return type(self.default)


@dataclass(frozen=True)
class FitOptions:
    """What a fit may use beside its data: the seed, and threads that never change the result.

    `fixed` has it learn for exactly as long as its hyperparameters say: nothing is held back to
    stop it early.
    """

    seed: int
    threads: int = 1
    on_epoch: Callable[[int, dict[str, float]], None] | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Examples:
    """Rows to learn from: features X (rows, columns) in their plain form, target y (rows,)."""

    X: pd.DataFrame
    y: pd.Series


@dataclass(frozen=True)
class Numbers:
    """The same rows as a family's features show them: X (rows, features) of floats, y (rows,)."""

    X: Any
    y: pd.Series


@dataclass(frozen=True)
class Learned:
    """What a family learns from numbers: an estimator, or a network and its Keras model.

    `settled` are hyperparameters that the fit itself has decided on, by rows that it held back.
    """

    classes: list[Any] | None
    estimator: Any = None
    network: Network | None = None
    keras: Any = None
    settled: Mapping[str, int | float] = field(default_factory=dict)

    def outputs(self, X: Any) -> np.ndarray:
        """Predicted numbers (rows,), or probabilities (rows, classes), float64."""
        with single_threaded():
            if self.network is not None:
                found = self.network.predict(np.asarray(X))
            elif self.classes is None:
                found = self.estimator.predict(X)
            else:
                found = self.estimator.predict_proba(X)
        return np.asarray(found, dtype="float64")


class LearnFunction(Protocol):
    """Fits an unfitted family to numbers."""

    def __call__(
        self,
        task: Task,
        train: Numbers,
        validation: Numbers | None,
        hyperparameters: Hyperparameters,
        options: FitOptions,
    ) -> Learned:
        """Return what was learned; `validation` may stop training early, and nothing else."""


@dataclass(frozen=True)
class Fitted:
    """What fitting gives: a pipeline and its labels (None for regression).

    For networks also the arrays behind the pipeline, and the Keras model they come from. `settled`
    are hyperparameters that the fit itself has decided on: with those and `FitOptions.fixed` it
    can be done again without rows to stop it. Predictions are explained against the `background`,
    but for trees.
    """

    pipeline: Any
    classes: list[Any] | None
    network: Network | None = None
    keras: Any = None
    settled: Mapping[str, int | float] = field(default_factory=dict)
    background: Background | None = None

    def model(self, kinds: dict[str, ColumnKind]) -> TabularModel:
        """The model of raw rows with columns of these kinds."""
        return PipelineModel(self.pipeline, kinds, self.classes, self.network, self.background)


@dataclass(frozen=True)
class Family:
    """A model family.

    `features(seed)` are the unfitted pipeline steps that turn raw rows into numbers, `learn` fits
    to those, `learned` yields the arrays and texts that a fit has learned. `stops_early` says
    whether `learn` looks at validation rows. What it settles by them is in `settled_by_folds`
    where the folds of a search are to settle it together; `starts` are hyperparameters that a
    search tries first, after the defaults.
    """

    name: str
    title: str
    hyperparameters: dict[str, Hyperparameter]
    features: Callable[[int], list[tuple[str, Any]]]
    learn: LearnFunction
    learned: Callable[[Fitted], Iterator[np.ndarray | str]]
    stops_early: bool = False
    settled_by_folds: Sequence[str] = ()
    starts: Sequence[Hyperparameters] = ()

    @property
    def defaults(self) -> dict[str, int | float]:
        """The default of every hyperparameter."""
        return {name: value.default for name, value in self.hyperparameters.items()}

    def space(self, metric: str) -> dict[str, Hyperparameter]:
        """The hyperparameters that a search for the best `metric` tries."""
        return {
            name: value
            for name, value in self.hyperparameters.items()
            if value.search is not None and metric in (value.metrics or [metric])
        }

    def fit(
        self,
        task: Task,
        train: Examples,
        validation: Examples | None,
        hyperparameters: Hyperparameters,
        options: FitOptions,
    ) -> Fitted:
        """Fit features and model to raw rows; `validation` may stop training early."""
        from sklearn.pipeline import Pipeline

        if task == "regression" and hyperparameters["class_weight"]:
            raise RepriseError(
                f"class_weight must be 0 for numbers, got {hyperparameters['class_weight']:g}: "
                "leave it out"
            )
        features, numbers = self.fit_features(train, options.seed)
        others = None
        if validation is not None and self.stops_early:
            others = Numbers(transform(features, validation.X), validation.y)
        with single_threaded():
            found = self.learn(task, numbers, others, hyperparameters, options)
        last = [] if found.estimator is None else [("estimator", found.estimator)]
        pipeline = Pipeline([*features.steps, *last])
        against = None
        if needs_background(found.estimator):
            against = Background.of(numbers.X, numbers.y)
        return Fitted(pipeline, found.classes, found.network, found.keras, found.settled, against)

    def fit_features(self, train: Examples, seed: int) -> tuple[Any, Numbers]:
        """The fitted features, and the train rows as they show them; BLAS on one thread."""
        from sklearn.pipeline import Pipeline

        steps = self.features(seed)
        keep_codes(steps, train.X)
        features = Pipeline(steps)
        with single_threaded():
            return features, Numbers(features.fit_transform(train.X), train.y)


def transform(features: Any, X: pd.DataFrame) -> Any:
    """Raw rows as fitted features show them, BLAS on one thread."""
    with single_threaded():
        return features.transform(X)


def fit_estimator(
    estimator: Any,
    train: Numbers,
    task: Task,
    class_weight: float = 0.0,
    **others: Any,
) -> Learned:
    """Fit a scikit-learn estimator to numbers, its classes weighted; `others` go to its `fit`."""
    weights = class_weights(train.y, class_weight)
    estimator.fit(train.X, train.y.to_numpy(), sample_weight=weights, **others)
    return Learned(labels_of(estimator.classes_) if task == "classification" else None, estimator)


CLASS_WEIGHT = Hyperparameter(
    0.0,
    0.0,
    1.0,
    "rare classes count more: 0 as they come, 1 as much as frequent ones",
    (0.0, 1.0),
    metrics=("f1",),
)


def labels_of(classes: np.ndarray) -> list[Any]:
    """Class labels as plain Python values (bool, int, float or str), sorted as given."""
    return [label.item() if isinstance(label, np.generic) else label for label in classes]
