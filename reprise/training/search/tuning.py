"""The whole of a search: its trials as runs, its pictures, its best model fitted."""

from collections.abc import Mapping
from dataclasses import dataclass

from reprise.data.prepared_table import LearningRows
from reprise.runtime.cores import threads
from reprise.runtime.progress import Report
from reprise.training.search.log_trials import TrialLog, earlier_trials
from reprise.training.search.pools import open_pool
from reprise.training.search.samplers import planned
from reprise.training.search.search import SearchResult, run_search
from reprise.training.search.trial import Search
from reprise.training.train import Trained, train


@dataclass(frozen=True)
class Tuned:
    """What a search has found, its best trial fitted on all train rows, and its pages by name."""

    result: SearchResult
    trained: Trained
    pictures: Mapping[str, bytes]


def tune(
    search: Search,
    rows: LearningRows,
    workers: int,
    scheduler: str,
    within_main: bool,
    report: Report,
) -> Tuned:
    """Search on the train part, each trial a nested run of the active one, and fit the best.

    What an interrupted run of the same search has finished is not done again; a step `within_main`
    is told of such runs, any other looks for them.
    """
    from reprise.training.search.figures import draw_search

    known, runs = earlier_trials(search.metric, within_main)
    with (
        TrialLog(search.metric, runs, planned(search), report) as log,
        open_pool(workers, scheduler) as pool,
    ):
        result = run_search(search, rows.train, pool, log.add, known)
        best, family, seed = result.best, search.family, search.seed
        # Drawn by a process of the pool while the best is fitted.
        pictures = pool.map(draw_search, [(search.metric, result.trials, family, seed)])
        fixed = bool(best.settled)
        trained = train(family, rows, best.chosen, seed, threads(), fixed, report)
        return Tuned(result, trained, next(pictures))
