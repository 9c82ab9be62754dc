"""Hyperparameter search: cross-validated trials, the same at any parallelism."""

import itertools
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reprise.errors import RepriseError
from reprise.evaluation import as_prediction, evaluate, is_better, metrics_of
from reprise.models.family import Examples, Family, FitOptions, Numbers, transform
from reprise.predictor import single_threaded
from reprise.schema import Task
from reprise.table import Part
from reprise.workers import Pool

Params = dict[str, int | float]


@dataclass(frozen=True)
class Search:
    """What to search; nothing in it depends on the clock, so equal searches give equal trials."""

    family: Family
    task: Task
    metric: str
    sampler: str
    trials: int
    batch: int
    folds: int
    seed: int


@dataclass(frozen=True)
class Trial:
    """One combination of hyperparameters and what it scored.

    `value` is the mean of `fold_values`, NaN for a trial that failed with `reason`; `means` are
    those of every metric that is defined in each fold. `started` is in seconds since the epoch.
    """

    number: int
    params: Params
    fold_values: list[float]
    value: float
    started: float
    seconds: float
    reason: str | None = None
    means: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchResult:
    """The trials in the order they were proposed, and the best of them."""

    metric: str
    trials: list[Trial]
    best: Trial


@dataclass(frozen=True)
class _Fold:
    """What a trial learns from, and what it is scored on."""

    train: Numbers
    held_out: Numbers


@dataclass(frozen=True)
class _Shared:
    """What every worker needs for any trial: sent once."""

    search: Search
    learning: Examples
    folds: list[tuple[np.ndarray, np.ndarray]]
    seen: dict[int, _Fold] = field(default_factory=dict)

    def fold(self, number: int) -> _Fold:
        """A fold as the family's features show it: the same for every trial, so made once here."""
        if number not in self.seen:
            train, held_out = self.folds[number]
            X, y = self.learning.X, self.learning.y
            examples = Examples(X.iloc[train], y.iloc[train])
            features, numbers = self.search.family.fit_features(examples, self.search.seed)
            others = Numbers(transform(features, X.iloc[held_out]), y.iloc[held_out])
            self.seen[number] = _Fold(numbers, others)
        return self.seen[number]


def run_search(
    search: Search,
    learning: Part,
    pool: Pool,
    on_trial: Callable[[Trial], None],
    known: Mapping[int, Trial] | None = None,
) -> SearchResult:
    """Run the trials of `search` on the train rows, each cross-validated on the same folds.

    Trials are proposed in batches and told to the sampler in order of proposal, whoever finishes
    first; `on_trial` is called in that order. Trials that are `known` by number, from an equal
    search that was interrupted, are not run again. Raises RepriseError where every trial failed.
    """
    examples = Examples(learning.X, learning.y)
    pool.start(_Shared(search, examples, list(_folds(search, learning))))
    proposals = _grid(search) if search.sampler == "grid" else _Sampled(search)
    done: list[Trial] = []
    earlier = known or {}
    while batch := proposals.ask(min(search.batch, search.trials - len(done))):
        numbered = list(enumerate(batch, start=len(done)))
        found = pool.map(
            evaluate_trial, [call for call in numbered if not _is_known(earlier, *call)]
        )
        for number, params in numbered:
            trial = earlier[number] if _is_known(earlier, number, params) else next(found)
            proposals.tell(trial)
            on_trial(trial)
            done.append(trial)
    return SearchResult(search.metric, done, _best(search.metric, done))


def _is_known(known: Mapping[int, Trial], number: int, params: Params) -> bool:
    return number in known and known[number].params == params


def evaluate_trial(shared: _Shared, number: int, params: Params) -> Trial:
    """Cross-validate one combination: fit on the other folds, score each fold."""
    started = time.time()
    search, options = shared.search, FitOptions(shared.search.seed)
    chosen = {**search.family.defaults, **params}
    scores: list[dict[str, float]] = []
    try:
        for number_of_fold in range(len(shared.folds)):
            fold = shared.fold(number_of_fold)
            with single_threaded():
                learned = search.family.learn(search.task, fold.train, None, chosen, options)
            prediction = as_prediction(learned.outputs(fold.held_out.X), learned.classes)
            scores.append(evaluate(search.task, fold.held_out.y, prediction))
    except Exception as error:
        # Whatever a library raises for one combination, the others go on.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return Trial(number, params, [], np.nan, started, time.time() - started, reason)
    values = [fold.get(search.metric, np.nan) for fold in scores]
    means = {
        name: float(np.mean([fold[name] for fold in scores]))
        for name in metrics_of(search.task)
        if all(name in fold for fold in scores)
    }
    value = means.get(search.metric, np.nan)
    undefined = None if search.metric in means else f"{search.metric} is undefined in a fold"
    seconds = time.time() - started
    return Trial(number, params, values, value, started, seconds, undefined, means)


def _folds(search: Search, learning: Part) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import KFold, StratifiedKFold

    if search.folds > len(learning.y):
        raise RepriseError(
            f"folds must be at most the rows of the train part, got {search.folds} folds for "
            f"{len(learning.y)} rows: choose fewer folds"
        )
    options = {"n_splits": search.folds, "shuffle": True, "random_state": search.seed}
    enough = search.task == "classification" and learning.y.value_counts().max() >= search.folds
    splitter = StratifiedKFold(**options) if enough else KFold(**options)
    with warnings.catch_warnings():
        # A class with fewer rows than folds is in some of them: that is as good as it gets.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        yield from splitter.split(learning.X, learning.y.astype(str) if enough else None)


def _best(metric: str, trials: list[Trial]) -> Trial:
    best = trials[0]
    for trial in trials[1:]:
        if is_better(metric, trial.value, best.value):
            best = trial
    if np.isnan(best.value):
        raise RepriseError(f"every trial failed, the first with {trials[0].reason}")
    return best


class _Listed:
    """Combinations that are known beforehand."""

    def __init__(self, combinations: list[Params]) -> None:
        self.left = combinations

    def ask(self, count: int) -> list[Params]:
        batch, self.left = self.left[:count], self.left[count:]
        return batch

    def tell(self, trial: Trial) -> None:
        """A list learns nothing from results."""


def planned(search: Search) -> int:
    """How many trials the search will have: a grid may have fewer combinations than `trials`."""
    if search.sampler != "grid":
        return search.trials
    return min(search.trials, math.prod(len(values) for values in _axes(search).values()))


def _axes(search: Search) -> dict[str, Sequence[int | float]]:
    return {name: value.grid for name, value in search.family.hyperparameters.items() if value.grid}


def _grid(search: Search) -> _Listed:
    """Every combination of the family's grid values; a seeded choice where trials are fewer."""
    axes = _axes(search)
    combinations = [
        dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())
    ]
    if search.trials < len(combinations):
        generator = np.random.default_rng(search.seed)
        chosen = np.sort(generator.choice(len(combinations), search.trials, replace=False))
        combinations = [combinations[position] for position in chosen]
    return _Listed(combinations)


class _Sampled:
    """Combinations that Optuna proposes; the defaults are the first."""

    def __init__(self, search: Search) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        samplers: dict[str, Callable[[], Any]] = {
            "random": lambda: optuna.samplers.RandomSampler(seed=search.seed),
            # Trials of a batch that have no value yet count as bad ones: the batch spreads out.
            "tpe": lambda: optuna.samplers.TPESampler(seed=search.seed, constant_liar=True),
        }
        larger = metrics_of(search.task)[search.metric]
        self.study = optuna.create_study(
            direction="maximize" if larger else "minimize", sampler=samplers[search.sampler]()
        )
        self.space = {
            name: value
            for name, value in search.family.hyperparameters.items()
            if value.search is not None
        }
        self.study.enqueue_trial({name: value.default for name, value in self.space.items()})
        self.asked: dict[int, Any] = {}

    def ask(self, count: int) -> list[Params]:
        return [self._propose() for _ in range(count)]

    def _propose(self) -> Params:
        trial = self.study.ask()
        self.asked[trial.number] = trial
        params: Params = {}
        for name, value in self.space.items():
            low, high = value.search or (value.low, value.high)
            suggest = trial.suggest_int if value.kind is int else trial.suggest_float
            params[name] = suggest(name, low, high, log=value.log)
        return params

    def tell(self, trial: Trial) -> None:
        import optuna

        failed = optuna.trial.TrialState.FAIL if trial.reason else None
        self.study.tell(self.asked.pop(trial.number), None if failed else trial.value, state=failed)
