"""How good the models are: a `main` of ours, AutoGluon and FLAML on the same rows, for as long.

Real tables (bench/quality_tables.py), each split by our `prepare`; all optimise rmse, or log_loss
for classes, and are measured with it on the same test rows. Ours is a `main` with its defaults,
from the start of `mlflow run` to the registered version, nothing warm before it. The rivals have
our train and validation rows to learn from, their own defaults, two cores, and the seconds that
ours took, at least 30. They run one after the other; nothing else should run beside them.

What has been measured is a line of JSON in `--results`, and is not measured again: a benchmark
that was stopped goes on where it was, another `--label` measures a changed `main` beside the same
rivals. Prepared tables are kept beside that file. The rivals live in an environment of their own
(`--environment`, made from bench/rivals/requirements.txt where it is not there).

Aims, mean ratios of test errors, ours to theirs: 0.97 of AutoGluon's medium_quality with 65 % of
the tables won and none above 1.05; 1.00 of its good_quality; 0.96 of FLAML. Figures are printed,
not enforced.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from bench.pipeline import ROOT, run
from bench.quality_summary import Result, summary
from bench.quality_tables import TABLES, Table

SECONDS = 30
RIVALS = ("medium_quality", "good_quality", "flaml")
AUTOML = ROOT / "bench" / "rivals" / "automl.py"
REQUIREMENTS = AUTOML.with_name("requirements.txt")
# Measures a registered version in a process of its own.
_PREDICT = """
import json, pathlib, sys, time, mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
rows = pd.read_parquet(sys.argv[3]).drop(columns=sys.argv[4])
params = {"output": "probabilities"} if sys.argv[5] == "log_loss" else None
model.predict(rows, params=params)
started = time.perf_counter()
model.predict(rows, params=params)
seconds = time.perf_counter() - started
files = pathlib.Path(mlflow.artifacts.download_artifacts(sys.argv[2])).rglob("*")
size = sum(file.stat().st_size for file in files if file.is_file())
print(json.dumps({"predicting": seconds, "size": size}))
"""


@dataclass(frozen=True)
class Place:
    """Where things lie: the results, prepared tables beside them, the rivals' Python."""

    results: Path
    environment: Path

    @property
    def python(self) -> Path:
        """The rivals' Python."""
        return self.environment / "bin" / "python"

    def table(self, name: str, seed: int) -> Path:
        """The folder of a prepared table."""
        return self.results.with_suffix(".tables") / f"{name}-{seed}"

    def known(self) -> list[Result]:
        """What has been measured so far."""
        if not self.results.exists():
            return []
        return [Result(**json.loads(line)) for line in self.results.read_text().splitlines()]

    def add(self, result: Result) -> None:
        """Keep a result, whole or not at all."""
        self.results.parent.mkdir(parents=True, exist_ok=True)
        with self.results.open("a") as file:
            file.write(json.dumps(asdict(result)) + "\n")
            file.flush()
            os.fsync(file.fileno())


def ours(name: str, seed: int, place: Place, label: str, options: Sequence[str]) -> Result:
    """A `main` in an empty folder with a store of its own, nothing warm before it."""
    table = TABLES[name]
    with tempfile.TemporaryDirectory() as folder:
        choices = [*_choices(table, seed, Path(folder)), *options]
        seconds, _ = run(_command("main", choices), Path(folder))
        store = f"sqlite:///{Path(folder) / 'mlflow.db'}"
        runs = {
            found.data.tags.get("mlflow.project.entryPoint", ""): found
            for found in MlflowClient(store).search_runs(["0"], max_results=1000)
        }
        main = runs["main"]
        metric = "rmse" if "test_rmse" in main.data.metrics else "log_loss"
        kept = place.table(name, seed)
        if not kept.exists():
            _keep(Path(runs["prepare"].info.artifact_uri) / "table", kept)
        asked = [store, "models:/reprise/1", str(kept / "test.parquet"), table.target, metric]
        line = _output([sys.executable, "-W", "ignore", "-c", _PREDICT, *asked], Path(folder))
        what = main.data.tags["reprise.family"]
        error = main.data.metrics[f"test_{metric}"]
    return Result(name, seed, label, metric, error, seconds, what=what, **json.loads(line))


def prepared(name: str, seed: int, place: Place) -> Path:
    """The folder of a prepared table; made again where it has been removed."""
    kept = place.table(name, seed)
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            run(_command("prepare", _choices(TABLES[name], seed, Path(folder))), Path(folder))
            client = MlflowClient(f"sqlite:///{Path(folder) / 'mlflow.db'}")
            found = client.search_runs(["0"])[0]
            _keep(Path(found.info.artifact_uri) / "table", kept)
    return kept


def rival(label: str, first: Result, place: Place) -> Result | None:
    """A rival on the same rows, for as long as ours took; None where it comes to no result."""
    folder = prepared(first.table, first.seed, place)
    limit = max(SECONDS, math.ceil(first.seconds))
    asked = [label, str(folder.resolve()), first.metric, str(limit), str(first.seed)]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            line = _output([str(place.python), "-W", "ignore", str(AUTOML), *asked], Path(scratch))
        except ChildProcessError as error:
            print(f"{first.table} seed {first.seed} {label} failed: {error}", flush=True)
            return None
    return Result(first.table, first.seed, label, first.metric, **json.loads(line))


def _choices(table: Table, seed: int, folder: Path) -> list[str]:
    """The parameters that name the table, which is written into `folder`."""
    data = folder / "table.csv"
    table.read().to_csv(data, index=False)
    return [f"data={data}", f"target={table.target}", f"split={table.split}", f"seed={seed}"]


def _command(entry_point: str, choices: Sequence[str]) -> list[str]:
    command = ["mlflow", "run", str(ROOT), "-e", entry_point, "--env-manager", "local"]
    return [*command, *(word for choice in choices for word in ("-P", choice))]


def _keep(folder: Path, kept: Path) -> None:
    """Copy a folder, whole or not at all."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    half = kept.with_name(f"{kept.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(folder, half)
    half.rename(kept)


def _output(command: Sequence[str], folder: Path) -> str:
    """The last line that a command prints; ChildProcessError, with its output, where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode or not done.stdout.strip():
        output = f"{done.stdout}{done.stderr}"
        raise ChildProcessError(f"{output}\n{command[0]} ended with {done.returncode}")
    return done.stdout.splitlines()[-1]


def make_environment(place: Place) -> None:
    """The rivals' environment, where it is not there yet."""
    if not place.python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place.environment)], check=True)
        install = [str(place.python), "-m", "pip", "install", "-r", str(REQUIREMENTS)]
        subprocess.run(install, check=True)


def measure(names: Sequence[str], seeds: Sequence[int], asked: Any, place: Place) -> None:
    """Measure what is not known yet, seed by seed, and say so line by line."""
    known = {(each.table, each.seed, each.label): each for each in place.known()}
    for seed in seeds:
        for name in names:
            for label in (asked.label, *asked.rivals):
                if (name, seed, label) in known:
                    continue
                found: Result | None
                if label == asked.label:
                    found = ours(name, seed, place, label, asked.P)
                else:
                    found = rival(label, known[name, seed, asked.label], place)
                if found is None:  # it is tried again the next time
                    continue
                known[name, seed, label] = found
                place.add(found)
                print(found.line, flush=True)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def main() -> None:
    """Measure, and print a table of it all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="a file of JSON lines")
    parser.add_argument("--tables", type=_names, default=list(TABLES), help="by default all")
    parser.add_argument("--seeds", type=_names, default=["1", "2", "3"], help="of split and fit")
    parser.add_argument("--rivals", type=_names, default=list(RIVALS), help="by default all")
    parser.add_argument("--label", default="reprise", help="what these mains are called")
    parser.add_argument("-P", action="append", default=[], help="a parameter of main: name=value")
    parser.add_argument(
        "--environment", type=Path, default=Path.home() / ".cache" / "reprise-rivals"
    )
    asked = parser.parse_args()
    unknown = [*set(asked.tables) - set(TABLES), *set(asked.rivals) - set(RIVALS)]
    if unknown:
        sys.exit(f"must be of {', '.join([*TABLES, *RIVALS])}, got {', '.join(unknown)}")
    place = Place(asked.results.absolute(), asked.environment.absolute())
    if asked.rivals:
        make_environment(place)
    started = time.perf_counter()
    seeds = [int(seed) for seed in asked.seeds]
    measure(asked.tables, seeds, asked, place)
    chosen = [each for each in place.known() if each.table in asked.tables and each.seed in seeds]
    print(summary(chosen, asked.label, asked.rivals))
    print(f"{time.perf_counter() - started:.0f} s altogether")


if __name__ == "__main__":
    main()
