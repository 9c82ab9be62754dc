"""A batch of trials, fold after fold: the better half of it goes on, decided by rank alone."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from reprise.evaluation.metrics import larger_is_better, metrics_of
from reprise.training.search.fold_scoring import Measured, measure_fold, settle
from reprise.training.search.pool import Pool
from reprise.training.search.trial import Params, Search, Trial


class Race:
    """Trials of a batch; those that are `known` from an earlier, equal search are not run again."""

    def __init__(
        self,
        search: Search,
        folds: int,
        pool: Pool,
        batch: Mapping[int, Params],
        known: Mapping[int, Trial],
    ) -> None:
        self.search, self.folds, self.pool, self.batch = search, folds, pool, batch
        self.known = {
            number: _as_proposed(known[number], params)
            for number, params in batch.items()
            if number in known and params.items() <= known[number].chosen.items()
        }
        self.measured: dict[int, list[Measured]] = {number: [] for number in batch}
        self.pruned: dict[int, str] = {}

    def run(self) -> Iterator[Trial]:
        """The trials in order of proposal; without pruning each as soon as it is there."""
        running = list(self.batch)
        for folds in range(1, self.folds) if self.search.prunes else ():
            if len(running) < 2:
                break
            list(self._measure(running, folds))
            running = self._better_half(running, folds)
        finishing = self._measure(running, self.folds)
        if self.pruned:
            list(finishing)
        ended: dict[int, Trial] = {}
        for number in self.batch:
            if number in running:
                next(finishing, None)
            ended[number] = self._trial(number)
            if not self.pruned:
                yield ended[number]
        if self.pruned:
            best = self._best([ended[number] for number in running])
            yield from (_estimated(trial, best) for trial in ended.values())

    def _measure(self, numbers: list[int], folds: int) -> Iterator[int]:
        """Have so many folds of these trials measured; yields each trial when they are."""
        missing: dict[int, range] = {}
        for number in numbers:
            if number in self.known and len(self.known[number].fold_values) >= folds:
                missing[number] = range(0)
            else:
                self.known.pop(number, None)
                missing[number] = range(len(self.measured[number]), folds)
        calls = [(self.batch[number], fold) for number in numbers for fold in missing[number]]
        found = self.pool.map(measure_fold, calls)
        for number in numbers:
            self.measured[number] += [next(found) for _ in missing[number]]
            yield number

    def _better_half(self, running: list[int], folds: int) -> list[int]:
        """Which trials go on after so many folds; the others are pruned, or have failed."""
        alive = [number for number in running if self._failure(number) is None]
        sign = -1 if larger_is_better(self.search.metric) else 1
        means = {number: sign * float(np.mean(self._values(number)[:folds])) for number in alive}
        ranked = sorted(alive, key=lambda number: (means[number], number))
        half = math.ceil(len(ranked) / 2)
        for rank, number in enumerate(ranked[half:], start=half + 1):
            self.pruned[number] = (
                f"pruned: {rank} of {len(ranked)} in its batch after {folds} of {self.folds} folds"
            )
        return sorted(ranked[:half])

    def _values(self, number: int) -> list[float]:
        if number in self.known:
            return self.known[number].fold_values
        return [fold.metrics.get(self.search.metric, math.nan) for fold in self.measured[number]]

    def _failure(self, number: int) -> str | None:
        errors = [fold.error for fold in self.measured[number] if fold.error is not None]
        if errors:
            return errors[0]
        undefined = any(math.isnan(value) for value in self._values(number))
        return f"{self.search.metric} is undefined in a fold" if undefined else None

    def _trial(self, number: int) -> Trial:
        """What is known of a trial at the end."""
        if number in self.known:
            return self.known[number]
        folds, failure = self.measured[number], self._failure(number)
        pruned = number in self.pruned
        means = {
            name: float(np.mean([fold.metrics[name] for fold in folds]))
            for name in metrics_of(self.search.task)
            if not pruned and all(name in fold.metrics for fold in folds)
        }
        value = means.get(self.search.metric, math.nan)
        return Trial(
            number,
            self.batch[number],
            self._values(number) if all(fold.error is None for fold in folds) else [],
            value,
            min(fold.started for fold in folds),
            sum(fold.seconds for fold in folds),
            failure or self.pruned.get(number),
            means,
            {} if failure else settle(folds),
            pruned,
            value,
        )

    def _best(self, trials: list[Trial]) -> Trial | None:
        finished = [trial for trial in trials if trial.reason is None]
        larger = larger_is_better(self.search.metric)
        choose = max if larger else min
        return choose(finished, key=lambda trial: trial.value) if finished else None


def _as_proposed(trial: Trial, params: Params) -> Trial:
    """A trial read back, whose hyperparameters stand together whoever decided on them."""
    settled = {name: value for name, value in trial.chosen.items() if name not in params}
    return replace(trial, params=params, settled=settled, estimate=trial.value)


def _estimated(trial: Trial, best: Trial | None) -> Trial:
    """A pruned trial with its estimate: as far from the best as in the folds that both have."""
    if not trial.pruned:
        return trial
    mean = float(np.mean(trial.fold_values))
    if best is None:
        return replace(trial, estimate=mean)
    shared = best.fold_values[: len(trial.fold_values)]
    return replace(trial, estimate=mean - float(np.mean(shared)) + best.value)
