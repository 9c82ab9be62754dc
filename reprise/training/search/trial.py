"""What a search is asked for, and what each of its trials scored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reprise.data.schema import Task
from reprise.data.split_rule import Split
from reprise.models.family import Family

Params = dict[str, int | float]


@dataclass(frozen=True)
class Search:
    """What to search; nothing in it depends on the clock, so equal searches give equal trials.

    With the pruner `halving` the better half of a batch goes on after each fold, until one trial
    is left; a grid is never pruned. Folds keep apart what `split` has kept apart in the table.
    """

    family: Family
    task: Task
    metric: str
    sampler: str
    trials: int
    batch: int
    folds: int
    seed: int
    pruner: str = "none"
    split: Split = field(default_factory=Split)

    @property
    def prunes(self) -> bool:
        """Whether trials may end before their last fold."""
        return self.pruner == "halving" and self.sampler != "grid"


@dataclass(frozen=True)
class Trial:
    """One combination of hyperparameters and what it scored.

    `value` is the mean of `fold_values`, NaN for a trial that failed, or was `pruned`, with
    `reason`. `means` are those of every metric that is defined in each fold, `settled` what the
    folds have decided on beside `params`. `estimate` is `value`; for a pruned trial, what that
    would be if it kept its distance to the best of its batch. `started` is in seconds since the
    epoch.
    """

    number: int
    params: Params
    fold_values: list[float]
    value: float
    started: float
    seconds: float
    reason: str | None = None
    means: Mapping[str, float] = field(default_factory=dict)
    settled: Mapping[str, int | float] = field(default_factory=dict)
    pruned: bool = False
    estimate: float = np.nan

    @property
    def chosen(self) -> Params:
        """Every hyperparameter that differs from the defaults or may do so."""
        return {**self.params, **self.settled}
