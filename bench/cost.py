"""What we ourselves cost against the amount of work: runs in the store, steps in the graph.

Store: seconds of one cache lookup (a hit with its files checked, a miss with its explanation) in a
SQLite store of 100 to 100000 past runs, of the kinds that `main` leaves: 8 and 20 trials each.
Aim: below 0.2 s at 100000 runs, so that asking stays cheaper than the smallest step (about 1 s).

Graph: seconds that the runner adds to a step that does nothing, for graphs of 2 to 24 steps: one,
then all but two side by side, then one. It should not grow with the number of steps.

bench/big_table.py has the third measure: rows for `prepare`. Figures are printed, not enforced.
"""

import argparse
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient

from reprise.pipeline import cache
from reprise.pipeline.outcome import Outcome
from reprise.pipeline.runner import Execution, Runner
from reprise.pipeline.step import Step
from reprise.provenance.fingerprint import Fingerprint
from reprise.provenance.output_files import changed_file, log_files
from reprise.tracking.contract import (
    CACHE_MISS_TAG,
    DIGEST_PREFIX,
    DIRTY_TAG,
    FINGERPRINT,
    FINGERPRINT_TAG,
    LOCK_TAG,
)
from reprise.tracking.step_context import StepContext
from steps.command import server_settings

STORE_SIZES, GRAPH_SIZES = (100, 1_000, 10_000, 100_000), (2, 6, 12, 24)
EXPERIMENT = "1"  # the first that is made in a new store
STEPS = ("main", "prepare", "train_elasticnet", "train_rf", "train_nn", "tune", "register")
REUSABLE = STEPS[1:-1]
TRIALS = 20
DAY = 1_700_000_000_000  # when the past runs began, in ms
ASKED = Fingerprint(
    "train_rf",
    {"n_estimators": 200, "seed": 42},
    {"table": "0" * 64},
    {"reprise.models.rf": "0" * 64},
    "0" * 64,
    "3.11",
)
COLUMNS = {
    "runs": "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, "
    "start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id",
    "tags": "key, value, run_uuid",
    "params": "key, value, run_uuid",
    "metrics": "key, value, timestamp, run_uuid, step, is_nan",
    "latest_metrics": "key, value, timestamp, step, is_nan, run_uuid",
}


def _tags(number: int, main: int, place: int, name: str) -> dict[str, str]:
    """The tags of a run called `name`, which is the `place`-th of a main."""
    tags = {"mlflow.runName": name}
    if place < len(STEPS):
        tags |= {
            "mlflow.user": "someone",
            "mlflow.source.name": "file:///home/someone/reprise",
            "mlflow.source.type": "PROJECT",
            "mlflow.source.git.commit": f"{main:040x}",
            "mlflow.project.backend": "local",
            "mlflow.project.entryPoint": name,
            DIRTY_TAG: "false",
            LOCK_TAG: "0" * 64,
        }
    if name in REUSABLE:
        tags |= {FINGERPRINT_TAG: f"{number:064x}", CACHE_MISS_TAG: "the content of data changed"}
        tags |= {f"{DIGEST_PREFIX}{output}": f"{number:064x}" for output in ("table", "model")}
    if name != "main":
        parent = "tune" if place >= len(STEPS) else "main"
        first = main * (len(STEPS) + TRIALS) + STEPS.index(parent)
        tags["mlflow.parentRunId"] = f"{first:032x}"
    return tags


def past_runs(numbers: Iterable[int], artifacts: Path) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(table, row) of finished runs: every main with its steps, every tune with its trials."""
    of_one_main = len(STEPS) + TRIALS
    for number in numbers:
        main, place = divmod(number, of_one_main)
        identity, start = f"{number:032x}", DAY + number * 1000
        name = STEPS[place] if place < len(STEPS) else f"trial {place - len(STEPS)}"
        tags = _tags(number, main, place, name)
        uri = str(artifacts / identity / "artifacts")
        yield (
            "runs",
            (
                identity,
                name,
                "UNKNOWN",
                "",
                "",
                "someone",
                "FINISHED",
                start,
                start + 900,
                "",
                "active",
                uri,
                EXPERIMENT,
            ),
        )
        yield from (("tags", (key, value, identity)) for key, value in tags.items())
        yield from (("params", (f"parameter_{n}", str(n), identity)) for n in range(7))
        for n in range(8):
            yield "metrics", (f"metric_{n}", n + 0.5, start, identity, 0, 0)
            yield "latest_metrics", (f"metric_{n}", n + 0.5, start, 0, 0, identity)


def insert(database: Path, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
    """Write rows straight into MLflow's tables, many at a time."""
    batches: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}
    for table, row in rows:
        batches[table].append(row)
    connection = sqlite3.connect(database)
    with connection:
        for table, batch in batches.items():
            marks = ", ".join("?" * len(COLUMNS[table].split(",")))
            connection.executemany(
                f"INSERT INTO {table} ({COLUMNS[table]}) VALUES ({marks})", batch
            )
    connection.close()


def log_step(asked: Fingerprint) -> None:
    """A real finished run with this fingerprint and a model file of 1 MB."""
    tags = {"mlflow.project.entryPoint": asked.entry_point, FINGERPRINT_TAG: asked.digest}
    with mlflow.start_run(tags=tags):
        mlflow.log_text("0" * 1_000_000, "model/model.skops")
        mlflow.log_dict(asked.to_json(), FINGERPRINT)
        log_files("model")


def seconds_of_look_up(asked: Fingerprint, hit: bool) -> float:
    """Seconds of one lookup; stop if it does not end as it must."""
    started = time.perf_counter()
    found = cache.look_up(asked, EXPERIMENT, changed_file)
    seconds = time.perf_counter() - started
    if (found.run is not None) != hit or (not hit and found.reason != "seed 42 -> 43"):
        sys.exit(f"the lookup must {'find a run' if hit else 'explain a miss'}, got {found}")
    return seconds


def measure_store(folder: Path, rounds: int) -> None:
    """Print a line for each number of past runs."""
    database = folder / "mlflow.db"
    for n in range(5):  # the latest runs: the asked one, and others to compare a miss with
        log_step(replace(ASKED, parameters=ASKED.parameters | {"n_estimators": 200 + n}))
    missing = replace(ASKED, parameters=ASKED.parameters | {"seed": 43})
    filled = 0
    for size in STORE_SIZES:
        insert(database, past_runs(range(filled, size), folder / "mlruns"))
        filled = size
        seconds_of_look_up(ASKED, hit=True)
        pairs = [
            (seconds_of_look_up(ASKED, hit=True), seconds_of_look_up(missing, hit=False))
            for _ in range(rounds)
        ]
        hit, miss = (statistics.median(found) for found in zip(*pairs, strict=True))
        megabytes = database.stat().st_size / 1e6
        print(
            f"{size:>7} runs {megabytes:7.1f} MB   hit {hit:.3f} s   miss {miss:.3f} s"
            "   aim < 0.2 s",
            flush=True,
        )


def execute(entry_point: str, arguments: list[str], context: dict[str, Any]) -> int:
    """A step that does nothing but end its run."""
    told = StepContext(**context)
    told.take_on()
    MlflowClient().set_terminated(told.run_id, "FINISHED")
    return 0


def parse(entry_point: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """No parameters."""
    return {}


def graph(size: int) -> list[Step]:
    """One step, then all but two side by side, then one; named as MLflow names scripts."""
    names = [f"step_{n}.py" for n in range(size)]
    needs = [(), *[(names[0],)] * (size - 2), tuple(names[:-1])]
    return [Step(name, need, lambda _: {}) for name, need in zip(names, needs, strict=True)]


def seconds_of_graph(size: int) -> float:
    """Seconds that the runner takes for a graph of steps that do nothing."""
    parent = MlflowClient().create_run(EXPERIMENT)
    started = time.perf_counter()
    execution = Execution("bench.cost:execute", server_settings(), parse, workers=0, cache="off")
    runner = Runner(parent, execution, lambda event: None)
    outcomes: dict[str, Outcome] = runner.run(graph(size))
    seconds = time.perf_counter() - started
    if any(outcome.status != "FINISHED" for outcome in outcomes.values()):
        sys.exit(f"every step must finish, got {outcomes}")
    return seconds


def measure_graph(folder: Path, rounds: int) -> None:
    """Print a line for each number of steps; the order of sizes moves on by one each round."""
    seconds_of_graph(GRAPH_SIZES[0])
    seconds: dict[int, list[float]] = {size: [] for size in GRAPH_SIZES}
    for number in range(rounds):
        first = number % len(GRAPH_SIZES)
        for size in GRAPH_SIZES[first:] + GRAPH_SIZES[:first]:
            seconds[size].append(seconds_of_graph(size))
    for size, found in seconds.items():
        median = statistics.median(found)
        print(f"{size:>7} steps   {median:.2f} s   {median / size:.3f} s a step", flush=True)


def main() -> None:
    """Measure both in stores of their own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("store", "graph"))
    options = parser.parse_args()
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    measures = {"store": measure_store, "graph": measure_graph}
    for measure in [options.only] if options.only else measures:
        with tempfile.TemporaryDirectory(prefix="reprise-bench-") as temporary:
            mlflow.set_tracking_uri(f"sqlite:///{temporary}/mlflow.db")
            mlflow.create_experiment("bench", artifact_location=f"{temporary}/mlruns")
            mlflow.set_experiment("bench")
            measures[measure](Path(temporary), options.rounds)


if __name__ == "__main__":
    main()
