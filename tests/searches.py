"""Small searches, and families whose fits fail as a test wants."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.prepared_table import Part
from reprise.models.families import get_family
from reprise.models.family import Family, Hyperparameters
from reprise.training.search.pools import open_pool
from reprise.training.search.search import SearchResult, run_search
from reprise.training.search.trial import Search, Trial

ROWS = 90


def numbers() -> Part:
    random = np.random.default_rng(11)
    X = pd.DataFrame(random.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    return Part(X, (X["a"] * 2 - X["b"] + random.normal(0, 0.3, ROWS)).rename("y"))


def classes() -> Part:
    part = numbers()
    return Part(part.X, pd.Series(np.where(part.y > 0, "high", "low"), name="y"))


def search(**changed: Any) -> Search:
    usual: dict[str, Any] = {
        "family": get_family("elasticnet"),
        "task": "regression",
        "metric": "rmse",
        "sampler": "tpe",
        "trials": 6,
        "batch": 3,
        "folds": 2,
        "seed": 42,
    }
    return Search(**{**usual, **changed})


class Here:
    """A pool in this process: the search is the same, and starts none."""

    def start(self, shared: Any) -> None:
        self.shared = shared

    def map(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        return (function(self.shared, *arguments) for arguments in calls)

    def close(self, wait: bool) -> None:
        """Nothing is left."""


def run(wanted: Search, part: Part, workers: int = 0, seen: list[Trial] | None = None):
    """The result of a search, in this process or in `workers` others."""
    told = (seen if seen is not None else []).append
    if not workers:
        return run_search(wanted, part, Here(), told)
    with open_pool(workers, "local") as pool:
        return run_search(wanted, part, pool, told)


def outcome(result: SearchResult) -> list[Any]:
    """All of a search but its times."""
    told = [(trial.number, trial.params, trial.fold_values, trial.value) for trial in result.trials]
    return [told, result.best.number]


def always(hyperparameters: Hyperparameters) -> bool:
    return True


def small_penalty(hyperparameters: Hyperparameters) -> bool:
    return hyperparameters["alpha"] < 0.005


def half_absolute(hyperparameters: Hyperparameters) -> bool:
    return hyperparameters["l1_ratio"] == 0.5


def not_among(alphas: list[float], hyperparameters: Hyperparameters) -> bool:
    return hyperparameters["alpha"] not in alphas


def slow_first(hyperparameters: Hyperparameters) -> bool:
    if hyperparameters["alpha"] == 0.0001:
        time.sleep(0.3)
    return False


def fit_unless(broken, task, train, validation, hyperparameters, options):
    if broken(hyperparameters):
        raise ValueError(f"no fit for alpha={hyperparameters.get('alpha')}\nsecond line")
    return get_family("elasticnet").learn(task, train, validation, hyperparameters, options)


def failing(broken: Callable[[Hyperparameters], bool]) -> Family:
    """The elastic net, whose fit raises for the hyperparameters that `broken` chooses."""
    return replace(get_family("elasticnet"), learn=partial(fit_unless, broken))


def cheap(family: str) -> Family:
    """The family with few trees or epochs, which the search leaves as they are."""
    found, few = get_family(family), {"n_estimators": 5, "epochs": 2}
    changed = {
        name: replace(found.hyperparameters[name], default=value, search=None)
        for name, value in few.items()
        if name in found.hyperparameters
    }
    return replace(found, hyperparameters={**found.hyperparameters, **changed})
