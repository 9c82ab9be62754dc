"""Which hyperparameters a search tries: listed beforehand, or proposed from what is known."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from reprise.evaluation.metrics import larger_is_better
from reprise.training.search.trial import Params, Search, Trial


class Proposals(Protocol):
    """Where a search takes its combinations from."""

    def ask(self, count: int) -> list[Params]:
        """The next combinations, at most `count`; none where there are no more."""

    def tell(self, trial: Trial) -> None:
        """What a combination scored; called in the order in which they were asked for."""


def open_proposals(search: Search) -> Proposals:
    """Those of the search's sampler."""
    return _Listed(_grid(search)) if search.sampler == "grid" else _Sampled(search)


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


def _grid(search: Search) -> list[Params]:
    """Every combination of the family's grid values; a seeded choice where trials are fewer."""
    axes = _axes(search)
    combinations = [
        dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())
    ]
    if search.trials < len(combinations):
        generator = np.random.default_rng(search.seed)
        chosen = np.sort(generator.choice(len(combinations), search.trials, replace=False))
        combinations = [combinations[position] for position in chosen]
    return combinations


class _Sampled:
    """Combinations that Optuna proposes; the defaults and the family's starts are the first."""

    def __init__(self, search: Search) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        samplers: dict[str, Callable[[], Any]] = {
            "random": lambda: optuna.samplers.RandomSampler(seed=search.seed),
            # Trials of a batch that have no value yet count as bad ones: the batch spreads out.
            "tpe": lambda: optuna.samplers.TPESampler(seed=search.seed, constant_liar=True),
        }
        larger = larger_is_better(search.metric)
        self.study = optuna.create_study(
            direction="maximize" if larger else "minimize", sampler=samplers[search.sampler]()
        )
        self.space = search.family.space(search.metric)
        starts: list[Mapping[str, int | float]] = [{}, *search.family.starts]
        for start in starts:
            self.study.enqueue_trial(
                {name: start.get(name, value.default) for name, value in self.space.items()}
            )
        self.asked: dict[int, Any] = {}

    def ask(self, count: int) -> list[Params]:
        return [self._propose() for _ in range(count)]

    def _propose(self) -> Params:
        trial = self.study.ask()
        self.asked[trial.number] = trial
        params: Params = {}
        for name, value in self.space.items():
            low, high = value.search or (value.low, value.high)
            suggest: Any = trial.suggest_int if value.kind is int else trial.suggest_float
            params[name] = suggest(name, low, high, log=value.log)
        return params

    def tell(self, trial: Trial) -> None:
        import optuna

        state = None if np.isfinite(trial.estimate) else optuna.trial.TrialState.FAIL
        value = None if state else trial.estimate
        self.study.tell(self.asked.pop(trial.number), value, state=state)
