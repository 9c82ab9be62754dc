"""What tracking a search costs: the same 200 trials with and without a nested run each.

Elastic nets on scikit-learn's diabetes table, 5 folds, TPE, the workers that the machine has.

    untracked  the search alone
    tracked    each trial a nested run in a new SQLite database: the run, its parameters, metrics,
               tags and datasets, all of it there when the time is taken
    server     the same through an `mlflow server` on the loopback interface

Each with one worker and with one for every core. MLflow takes four requests for a run, and the
server's work for them is done by the cores that search: with one worker it has one to itself.
Where nobody searches, trials that are there already are recorded: the least that any search
through a server takes.

Each round runs every contestant once, the order moves on by one each round, figures are medians.
Aims: tracked <= 1.25 untracked, server <= 2 untracked. Figures are printed, not enforced.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import mlflow
from mlflow.data.pandas_dataset import from_pandas
from sklearn.datasets import load_diabetes

from bench.serve import free_port, start
from reprise.data.prepared_table import Part
from reprise.models.families import get_family
from reprise.tracking.http import hasten
from reprise.training.search.log_trials import TrialLog
from reprise.training.search.pools import open_pool
from reprise.training.search.search import run_search
from reprise.training.search.trial import Search, Trial

TRIALS = 200
SEARCH = Search(get_family("elasticnet"), "regression", "rmse", "tpe", TRIALS, 4, 5, 42)
AIMS = {"tracked": 1.25, "server": 2.0}
WORKERS = {"one worker": 1, "every core": 0}


def diabetes() -> Part:
    """The table, its 442 rows all to learn from."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    return Part(X.astype("float64"), y)


def search(on_trial: Callable[[Trial], None], workers: int) -> None:
    """All trials, in worker processes that end with it."""
    with open_pool(workers, "local") as pool:
        run_search(SEARCH, diabetes(), pool, on_trial)


def untracked(workers: int) -> float:
    """Seconds of the search alone."""
    started = time.perf_counter()
    search(lambda trial: None, workers)
    return time.perf_counter() - started


def tracked(uri: str, workers: int) -> float:
    """Seconds until the last trial of a search is in the store at `uri`."""
    return recorded(uri, lambda on_trial: search(on_trial, workers))


def recorded(uri: str, work: Callable[[Callable[[Trial], None]], None]) -> float:
    """Seconds until the last of the trials that `work` hands on is in the store at `uri`."""
    mlflow.set_tracking_uri(uri)
    with mlflow.start_run() as parent:
        mlflow.log_input(from_pandas(diabetes().X, name="train"), context="train")
        started = time.perf_counter()
        with TrialLog("rmse", {}, TRIALS, lambda advance: None) as log:
            work(log.add)
        seconds = time.perf_counter() - started
    where = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}' AND attributes.status = 'FINISHED'"
    found = mlflow.MlflowClient().search_runs([parent.info.experiment_id], where, max_results=1000)
    if len(found) != TRIALS or any("cv_rmse" not in run.data.metrics for run in found):
        sys.exit(f"{TRIALS} trials must be recorded, got {len(found)}")
    return seconds


@contextmanager
def server(folder: str) -> Iterator[str]:
    """An `mlflow server` as users start it; its address."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--port",
        str(port),
        "--backend-store-uri",
        f"sqlite:///{folder}/server.db",
    ]
    process = start(command, Path(folder), port, "/health")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def contestants(local: str, address: str) -> dict[tuple[str, str], Callable[[], float]]:
    """What is timed, by workers and by what is done with the trials."""
    ready: list[Trial] = []
    search(ready.append, 0)

    def hand_on(on_trial: Callable[[Trial], None]) -> None:
        for trial in ready:
            on_trial(trial)

    found: dict[tuple[str, str], Callable[[], float]] = {
        ("nobody searches", "server"): partial(recorded, address, hand_on)
    }
    for name, workers in WORKERS.items():
        found[name, "untracked"] = partial(untracked, workers)
        found[name, "tracked"] = partial(tracked, local, workers)
        found[name, "server"] = partial(tracked, address, workers)
    return found


def medians(rounds: int) -> dict[tuple[str, str], float]:
    """Median seconds of each contestant."""
    seconds: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, server(folder) as address:
        given = list(contestants(f"sqlite:///{Path(folder) / 'local.db'}", address).items())
        for number in range(rounds + 1):
            for place in range(len(given)):
                name, contestant = given[(place + number) % len(given)]
                found = contestant()
                if number:  # the first round opens stores and warms caches
                    seconds.setdefault(name, []).append(found)
    return {name: statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    """Run the rounds, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")
    os.environ |= {"PYTHONWARNINGS": "ignore", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}
    hasten()
    found = medians(rounds)
    print()
    for (workers, kind), seconds in sorted(found.items()):
        line = f"{workers:15}  {kind:9} {seconds:6.2f} s {1000 * seconds / TRIALS:5.1f} ms a trial"
        if kind in AIMS and workers in WORKERS:
            line += f"  {seconds / found[workers, 'untracked']:.2f} x untracked (aim {AIMS[kind]})"
        print(line)


if __name__ == "__main__":
    main()
