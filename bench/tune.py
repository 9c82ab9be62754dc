"""What tracking a search costs: the same 200 trials with and without a nested run each.

Elastic nets on scikit-learn's diabetes table, 5 folds, TPE, the workers that the machine has.

    untracked  the search alone
    tracked    each trial a nested run in a new SQLite database: the run, its parameters, metrics,
               tags and datasets, all of it there when the time is taken
    server     the same through an `mlflow server` on the loopback interface

Each with one worker and with one for every core. MLflow takes four requests for a run, and the
server's work for them is done by the cores that search: with one worker it has one to itself.

Each round runs every contestant once, the order moves on by one each round, figures are medians.
Aims: tracked <= 1.25 untracked, server <= 2 untracked. Figures are printed, not enforced.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path

import mlflow
from sklearn.datasets import load_diabetes

from bench.serve import free_port
from reprise.lineage.connections import hasten
from reprise.models import get_family
from reprise.search import Search, Trial, run_search
from reprise.table import Part
from reprise.workers import open_pool
from steps.trials import TrialLog

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
    """Seconds until the last trial is in the store at `uri`."""
    mlflow.set_tracking_uri(uri)
    with mlflow.start_run() as parent:
        mlflow.log_input(mlflow.data.from_pandas(diabetes().X, name="train"), context="train")
        started = time.perf_counter()
        with TrialLog("rmse", {}, TRIALS, lambda advance: None) as log:
            search(log.add, workers)
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
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port),
               "--backend-store-uri", f"sqlite:///{folder}/server.db"]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, start_new_session=True, **quiet)  # type: ignore[call-overload]
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{address}/health"):
                    break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def main() -> None:
    """Run the rounds, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore")
    os.environ |= {"PYTHONWARNINGS": "ignore", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}
    hasten()
    seconds: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, server(folder) as address:
        local = f"sqlite:///{Path(folder) / 'local.db'}"
        kinds: dict[str, Callable[[int], float]] = {
            "untracked": untracked,
            "tracked": partial(tracked, local),
            "server": partial(tracked, address),
        }
        contestants = list(product(WORKERS, kinds))
        for number in range(rounds + 1):
            for place in range(len(contestants)):
                workers, kind = contestants[(place + number) % len(contestants)]
                found = kinds[kind](WORKERS[workers])
                if number:  # the first round opens stores and warms caches
                    seconds.setdefault((workers, kind), []).append(found)
    medians = {contestant: statistics.median(values) for contestant, values in seconds.items()}
    for workers in WORKERS:
        alone = medians[workers, "untracked"]
        print(f"\n{workers}\n  untracked {alone:6.2f} s {1000 * alone / TRIALS:5.1f} ms a trial")
        for kind, aim in AIMS.items():
            median = medians[workers, kind]
            print(
                f"  {kind:9} {median:6.2f} s {1000 * median / TRIALS:5.1f} ms a trial"
                f"  {median / alone:.2f} x untracked (aim {aim})"
            )
    one, all_cores = (medians[workers, "untracked"] for workers in WORKERS)
    print(f"\nevery core / one worker, untracked: {all_cores / one:.2f}")


if __name__ == "__main__":
    main()
