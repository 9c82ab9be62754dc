"""The whole of a search, batch after batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from reprise.data.prepared_table import Part
from reprise.errors import RepriseError
from reprise.evaluation.metrics import is_better
from reprise.models.family import Examples
from reprise.training.search.fold_scoring import Shared
from reprise.training.search.folds import make_folds
from reprise.training.search.halving import Race
from reprise.training.search.pool import Pool
from reprise.training.search.samplers import open_proposals
from reprise.training.search.trial import Search, Trial


@dataclass(frozen=True)
class SearchResult:
    """The trials in the order they were proposed, and the best of them."""

    metric: str
    trials: list[Trial]
    best: Trial


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
    folds = make_folds(learning, search.task, search.split, search.folds, search.seed)
    examples = Examples(learning.X, learning.y)
    pool.start(Shared(search.family, search.task, search.seed, examples, folds))
    proposals = open_proposals(search)
    done: list[Trial] = []
    while batch := proposals.ask(min(search.batch, search.trials - len(done))):
        numbered = dict(enumerate(batch, start=len(done)))
        for trial in Race(search, len(folds), pool, numbered, known or {}).run():
            proposals.tell(trial)
            on_trial(trial)
            done.append(trial)
    return SearchResult(search.metric, done, _best(search.metric, done))


def _best(metric: str, trials: list[Trial]) -> Trial:
    best = trials[0]
    for trial in trials[1:]:
        if is_better(metric, trial.value, best.value):
            best = trial
    if np.isnan(best.value):
        raise RepriseError(f"every trial failed, the first with {trials[0].reason}")
    return best
