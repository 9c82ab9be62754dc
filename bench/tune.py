"""What tracking a search costs: the same 200 trials with and without a nested run each.

Elastic nets on scikit-learn's diabetes table, 5 folds, TPE, the workers that the machine has.

    untracked  the search alone
    tracked    each trial a nested run in a new SQLite database: the run, its parameters, metrics,
               tags and datasets, all of it there when the time is taken
    server     the same through an `mlflow server` on the loopback interface
    one, two   the untracked search with one worker and with two

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
from pathlib import Path

import mlflow
from sklearn.datasets import load_diabetes

from bench.serve import free_port
from reprise.lineage.connections import acknowledge_at_once
from reprise.models import get_family
from reprise.search import Search, Trial, run_search
from reprise.table import Part
from reprise.workers import open_pool
from steps.trials import TrialLog

TRIALS = 200
SEARCH = Search(get_family("elasticnet"), "regression", "rmse", "tpe", TRIALS, 4, 5, 42)
RATIOS = (("tracked", "untracked", 1.25), ("server", "untracked", 2.0), ("two", "one", None))


def diabetes() -> Part:
    """The table, its 442 rows all to learn from."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    return Part(X.astype("float64"), y)


def search(on_trial: Callable[[Trial], None], workers: int = 0) -> None:
    """All trials, in worker processes that end with it."""
    with open_pool(workers, "local") as pool:
        run_search(SEARCH, diabetes(), pool, on_trial)


def untracked(workers: int = 0) -> float:
    """Seconds of the search alone."""
    started = time.perf_counter()
    search(lambda trial: None, workers)
    return time.perf_counter() - started


def tracked(uri: str) -> float:
    """Seconds until the last trial is in the store at `uri`."""
    acknowledge_at_once()
    mlflow.set_tracking_uri(uri)
    with mlflow.start_run() as parent:
        mlflow.log_input(mlflow.data.from_pandas(diabetes().X, name="train"), context="train")
        started = time.perf_counter()
        with TrialLog("rmse", {}) as log:
            search(log.add)
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
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, server(folder) as address:
        contestants: list[tuple[str, Callable[[], float]]] = [
            ("untracked", untracked),
            ("tracked", lambda: tracked(f"sqlite:///{Path(folder) / 'local.db'}")),
            ("server", lambda: tracked(address)),
            ("one", lambda: untracked(1)),
            ("two", lambda: untracked(2)),
        ]
        for number in range(rounds + 1):
            for place in range(len(contestants)):
                name, contestant = contestants[(place + number) % len(contestants)]
                found = contestant()
                if number:  # the first round opens stores and warms caches
                    seconds.setdefault(name, []).append(found)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print()
    for name, median in medians.items():
        print(f"{name:10} {median:6.2f} s  {1000 * median / TRIALS:5.1f} ms a trial")
    for name, other, aim in RATIOS:
        goal = "" if aim is None else f"  (aim {aim})"
        print(f"{name} / {other}: {medians[name] / medians[other]:.2f}{goal}")


if __name__ == "__main__":
    main()
