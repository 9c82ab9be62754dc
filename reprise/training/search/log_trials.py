"""What tune logs of its trials: a nested run each, and one table of all."""

import threading
from collections.abc import Iterator, Mapping
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

import click
import mlflow
import pandas as pd
from mlflow.entities import Run

from reprise.evaluation.metrics import is_better
from reprise.pipeline import cache
from reprise.runtime.progress import Advance, Report
from reprise.tracking import ownership
from reprise.tracking.artifacts import log_contents
from reprise.tracking.bulk_runs import FinishedRun, log_finished_runs
from reprise.tracking.contract import (
    BEST_PREFIX,
    CACHED_FROM_TAG,
    ERROR_TAG,
    FINGERPRINT_TAG,
    PROCESS_TAG,
    PRUNED_TAG,
    RESUMES_TAG,
    SEARCH,
    TRIAL_TAG,
    TRIALS,
)
from reprise.tracking.runs import active_run
from reprise.training.search.search import SearchResult
from reprise.training.search.trial import Trial

_GATHER_SECONDS = 0.2
_MOST = 1000


class TrialLog:
    """Records trials as nested runs of the active one, in batches, while the search goes on.

    Leaving the context waits for what is left, and raises what went wrong on the way.
    """

    def __init__(self, metric: str, known: Mapping[int, str], planned: int, report: Report) -> None:
        """`known` are the run ids of trials that an interrupted search has finished.

        `report` hears of the others of the `planned` trials, with the best value so far.
        """
        self.parent = mlflow.get_run(active_run().info.run_id)  # with its dataset inputs
        self.metric = metric
        self.known = known
        self.planned = planned
        self.report = report
        self.best: float = float("nan")
        self.waiting: SimpleQueue[FinishedRun | None] = SimpleQueue()
        self.ending = threading.Event()
        self.failure: Exception | None = None
        self.writer = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> "TrialLog":
        self.writer.start()
        self.report(Advance("trials", len(self.known), self.planned))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ending.set()
        self.waiting.put(None)
        self.writer.join()
        if self.failure is not None and kind is None:
            raise self.failure

    def add(self, trial: Trial) -> None:
        """Have a trial recorded, and tell of it with the best value so far."""
        if self.failure is not None:
            raise self.failure
        self.waiting.put(self._as_run(trial))
        if is_better(self.metric, trial.value, self.best):
            self.best = trial.value
        if trial.reason is not None and not trial.pruned:
            click.echo(f"trial {trial.number} failed: {trial.reason}")
        if trial.number not in self.known:
            best = f"best {self.metric} {self.best:.6g}" if self.best == self.best else ""
            self.report(Advance("trials", trial.number + 1, self.planned, best))

    def _as_run(self, trial: Trial) -> FinishedRun:
        values = {f"fold_{n}_{self.metric}": value for n, value in enumerate(trial.fold_values)}
        means = {f"cv_{name}": value for name, value in trial.means.items()}
        tags = {TRIAL_TAG: str(trial.number), PROCESS_TAG: ownership.owner()}
        if trial.number in self.known:
            tags[CACHED_FROM_TAG] = self.known[trial.number]
        if trial.reason is not None:
            tags[PRUNED_TAG if trial.pruned else ERROR_TAG] = trial.reason[:5000]
        return FinishedRun(
            name=f"trial {trial.number}",
            status="FAILED" if trial.reason and not trial.pruned else "FINISHED",
            started=round(1000 * trial.started),
            ended=round(1000 * (trial.started + trial.seconds)),
            params={name: str(value) for name, value in trial.chosen.items()},
            metrics={**values, **means, "seconds": trial.seconds},
            tags=tags,
        )

    def _write(self) -> None:
        ended = False
        while not ended:
            batch = [self.waiting.get()]
            self.ending.wait(_GATHER_SECONDS)
            while True:
                try:
                    batch.append(self.waiting.get_nowait())
                except Empty:
                    break
            ended = None in batch
            runs = [run for run in batch if run is not None]
            try:
                if runs and self.failure is None:
                    log_finished_runs(self.parent, runs)
            except Exception as error:
                self.failure = error


def earlier_trials(metric: str, within_main: bool) -> tuple[dict[int, Trial], dict[int, str]]:
    """What interrupted runs of the same search have finished: trials and run ids, by number.

    A step `within_main` is told which runs these are; any other looks for them.
    """
    run = active_run()
    tags = mlflow.get_run(run.info.run_id).data.tags
    left = [name for name in tags.get(RESUMES_TAG, "").split(",") if name]
    if not within_main and FINGERPRINT_TAG in tags:
        left = cache.interrupted(tags[FINGERPRINT_TAG], run.info.experiment_id)
        mlflow.set_tags({RESUMES_TAG: ",".join(left)} if left else {})
    trials: dict[int, Trial] = {}
    runs: dict[int, str] = {}
    for found in [trial for run_id in left for trial in _finished(run_id)]:
        number = int(found.data.tags[TRIAL_TAG])
        trials[number] = _as_trial(number, found, metric)
        runs[number] = found.data.tags.get(CACHED_FROM_TAG, found.info.run_id)
    if trials:
        click.echo(f"trials: {len(trials)} of them finished before run {left[0]} was interrupted")
    return trials, runs


def _finished(run_id: str) -> Iterator[Run]:
    """The finished trials of a search."""
    client, token = mlflow.MlflowClient(), None
    experiment = client.get_run(run_id).info.experiment_id
    where = f"tags.`mlflow.parentRunId` = '{run_id}' AND attributes.status = 'FINISHED'"
    while True:
        page = client.search_runs([experiment], where, max_results=_MOST, page_token=token)
        yield from (run for run in page if TRIAL_TAG in run.data.tags)
        token = page.token
        if not token:
            return


def _as_trial(number: int, run: Run, metric: str) -> Trial:
    """As it was: stores keep 64 bits of a number, and the texts of parameters round-trip."""
    metrics: dict[str, float] = run.data.metrics
    reason = run.data.tags.get(PRUNED_TAG)
    folds = sum(name.startswith("fold_") for name in metrics)
    return Trial(
        number,
        {name: _number(text) for name, text in run.data.params.items()},
        [metrics[f"fold_{fold}_{metric}"] for fold in range(folds)],
        metrics.get(f"cv_{metric}", float("nan")),
        run.info.start_time / 1000,
        metrics["seconds"],
        reason,
        pruned=reason is not None,
        means={name[3:]: value for name, value in metrics.items() if name.startswith("cv_")},
    )


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def log_search(result: SearchResult) -> None:
    """Log trials.csv, and the best trial's value and hyperparameters, to the active run."""
    rows: list[dict[str, Any]] = [
        {
            "trial": t.number,
            **t.chosen,
            **(t.means or {result.metric: t.value}),
            "seconds": t.seconds,
            "folds": len(t.fold_values),
        }
        for t in result.trials
    ]
    mlflow.log_text(pd.DataFrame(rows).to_csv(index=False), TRIALS)
    mlflow.log_metrics({f"cv_{result.metric}": result.best.value, "trials": len(result.trials)})
    mlflow.set_tags({f"{BEST_PREFIX}{name}": v for name, v in result.best.chosen.items()})


def log_pictures(pictures: Mapping[str, bytes]) -> None:
    """Log the page and pictures of a search under search/ of the active run."""
    log_contents({f"{SEARCH}/{name}": content for name, content in pictures.items()})
