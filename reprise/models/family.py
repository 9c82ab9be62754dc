"""What a model family is: its hyperparameters, its search space and how it is fitted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from reprise.predictor import ColumnKind, Network, TabularModel, single_threaded
from reprise.schema import Task

Hyperparameters = Mapping[str, int | float]


@dataclass(frozen=True)
class Hyperparameter:
    """One number of a family: its default, the values allowed, and where a search looks.

    `low` and `high` bound what a user may give, `search` what `tune` tries (None: left at the
    default); `log` searches its logarithm. `grid` are the values of the grid sampler.
    """

    default: int | float
    low: float
    high: float
    help: str
    search: tuple[float, float] | None = None
    log: bool = False
    grid: Sequence[int | float] = ()

    @property
    def kind(self) -> type[int] | type[float]:
        """int or float, as the default is."""
        return type(self.default)


@dataclass(frozen=True)
class FitOptions:
    """What a fit may use beside its data: the seed, and threads that never change the result."""

    seed: int
    threads: int = 1
    on_epoch: Callable[[int, dict[str, float]], None] | None = None


@dataclass(frozen=True)
class Examples:
    """Rows to learn from: features X (rows, columns) in their plain form, target y (rows,)."""

    X: pd.DataFrame
    y: pd.Series


class FitFunction(Protocol):
    """Fits an unfitted family to raw rows."""

    def __call__(
        self,
        task: Task,
        train: Examples,
        validation: Examples | None,
        hyperparameters: Hyperparameters,
        options: FitOptions,
    ) -> "Fitted":
        """Return what was learned; `validation` may stop training early, and nothing else."""


@dataclass(frozen=True)
class Fitted:
    """What fitting gives: a pipeline and its labels (None for regression).

    For networks also the arrays behind the pipeline, and the Keras model they come from.
    """

    pipeline: Any
    classes: list[Any] | None
    network: Network | None = None
    keras: Any = None

    def model(self, kinds: dict[str, ColumnKind]) -> TabularModel:
        """The model of raw rows with columns of these kinds."""
        return TabularModel(self.pipeline, kinds, self.classes, self.network)


@dataclass(frozen=True)
class Family:
    """A model family; `learned` yields the arrays and texts that its fit has learned."""

    name: str
    title: str
    hyperparameters: dict[str, Hyperparameter]
    fit: FitFunction
    learned: Callable[[Fitted], Iterator[np.ndarray | str]]

    @property
    def defaults(self) -> dict[str, int | float]:
        """The default of every hyperparameter."""
        return {name: value.default for name, value in self.hyperparameters.items()}


def fit_pipeline(
    steps: list[tuple[str, Any]], estimator: Any, train: Examples, classification: bool
) -> Fitted:
    """Fit scikit-learn steps that end in `estimator`, BLAS on one thread."""
    from sklearn.pipeline import Pipeline

    pipeline = Pipeline([*steps, ("estimator", estimator)])
    with single_threaded():
        pipeline.fit(train.X, train.y.to_numpy())
    return Fitted(pipeline, labels_of(pipeline.classes_) if classification else None)


def labels_of(classes: np.ndarray) -> list[Any]:
    """Class labels as plain Python values (bool, int, float or str), sorted as given."""
    return [label.item() if isinstance(label, np.generic) else label for label in classes]
