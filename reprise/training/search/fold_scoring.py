"""One fold of one trial: fitted and scored, wherever that runs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reprise.data.schema import Task
from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import as_prediction
from reprise.models.family import Examples, Family, FitOptions, Numbers, transform
from reprise.predictor import single_threaded
from reprise.training.search.folds import Fold
from reprise.training.search.trial import Params


@dataclass(frozen=True)
class Measured:
    """What a fold scored, every metric that it defines; or why it could not be fitted.

    `settled` are the hyperparameters that its held-out rows have decided on.
    """

    metrics: Mapping[str, float]
    started: float
    seconds: float
    error: str | None = None
    settled: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Shared:
    """What every worker needs for any fold of any trial: sent once."""

    family: Family
    task: Task
    seed: int
    learning: Examples
    folds: list[Fold]
    seen: dict[int, tuple[Numbers, Numbers]] = field(default_factory=dict)

    def fold(self, number: int) -> tuple[Numbers, Numbers]:
        """Rows to learn from and to score on as the family's features show them.

        They are the same for every trial, so they are made once here.
        """
        if number not in self.seen:
            train, held_out = self.folds[number]
            X, y = self.learning.X, self.learning.y
            examples = Examples(X.iloc[train], y.iloc[train])
            features, numbers = self.family.fit_features(examples, self.seed)
            others = Numbers(transform(features, X.iloc[held_out]), y.iloc[held_out])
            self.seen[number] = numbers, others
        return self.seen[number]


def measure_fold(shared: Shared, params: Params, number: int) -> Measured:
    """Fit one combination on the rows of a fold, and score it on those held out."""
    started = time.time()
    family, options = shared.family, FitOptions(shared.seed)
    chosen = {**family.defaults, **params}
    try:
        train, held_out = shared.fold(number)
        stopping = held_out if family.settled_by_folds else None
        with single_threaded():
            learned = family.learn(shared.task, train, stopping, chosen, options)
        prediction = as_prediction(learned.outputs(held_out.X), learned.classes)
        metrics = evaluate(shared.task, held_out.y, prediction)
    except Exception as error:
        # Whatever a library raises for one combination, the others go on.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return Measured({}, started, time.time() - started, reason)
    settled = {name: learned.settled[name] for name in family.settled_by_folds}
    return Measured(metrics, started, time.time() - started, settled=settled)


def settle(measured: list[Measured]) -> dict[str, int | float]:
    """What the folds have decided on together: the mean of each, whole where they are whole."""
    if not measured:
        return {}
    means = {
        name: (float(np.mean([fold.settled[name] for fold in measured])), type(value))
        for name, value in measured[0].settled.items()
    }
    return {name: round(mean) if kind is int else mean for name, (mean, kind) in means.items()}
