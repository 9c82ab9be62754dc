"""What chaining, tracking and caching cost: the same work by us, a plain script, MLflow alone.

The work: scikit-learn's diabetes table, an elastic net, a forest of 200 trees, a Keras network, a
grid of 12 elastic nets with 5 folds; the best on validation rows is tested and kept. Ours does what
the others do: it neither blends nor fits the winner again (only `default` does).

    cold     our main in an empty folder and a new SQLite store, nothing warm before it
    default  the same with a blend and the winner fitted again, as main does by default
    cached   our main again in a folder where all of it has run, nothing warm before it
    warm     the same, straight after another main (what it may keep running is kept)
    plain    rivals/plain.py: one process, no tracking
    chain    rivals/chain.py: `mlflow.run` step by step, as in MLflow's multistep example
    no-op    `mlflow run` of a project that runs `python -c pass`, its store there already
    reproduce  our proof of a main that has run: everything again and compared, nothing warm

The rivals' network has 64 units and 100 epochs; ours has its family's defaults (2 layers of 128, at
most 200 epochs, early stopping). Each round runs every contestant once, the order moves on by one
each round, figures are medians. Aims: a tool that costs more than the work is left again (cold <=
1.8 plain); the chain is what people have today (cold <= 0.3 chain); nobody can be faster than
`mlflow run` itself (warm <= 1.25 no-op); a proof costs what it proves (reproduce <= 1.3 cold).
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from reprise.tracking.contract import CACHED_FROM_TAG

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
MAIN = ["mlflow", "run", str(ROOT), "-e", "main", "--env-manager", "local"]
for choice in ("models=elasticnet,rf,nn", "tune_model=elasticnet", "sampler=grid"):
    MAIN += ["-P", choice]
DEFAULT = list(MAIN)
MAIN += ["-P", "ensemble=none", "-P", "refit=none"]
NO_OP = {
    "MLproject": (
        "name: noop\npython_env: python_env.yaml\n"
        'entry_points:\n  main:\n    command: "python -c pass"\n'
    ),
    "python_env.yaml": 'python: "3.11.7"\ndependencies:\n  - click\n',
}
SANE_R2 = (0.2, 0.8)  # of a model of diabetes, on test rows
RATIOS = (
    ("cold", "plain", 1.8),
    ("default", "plain", None),
    ("cold", "chain", 0.3),
    ("warm", "no-op", 1.25),
    ("cached", "no-op", None),
    ("reproduce", "cold", 1.3),
    ("chain", "plain", None),
)


def run(command: Sequence[str], folder: Path, warm: bool = False) -> tuple[float, str]:
    """Seconds and output of a command in a folder with a store of its own there.

    A command that fails ends the benchmark with its output.
    """
    environment = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment["MLFLOW_TRACKING_URI"] = _store(folder)
    if warm:
        environment.pop("REPRISE_WARM_MINUTES", None)
    else:
        environment["REPRISE_WARM_MINUTES"] = "0"
    started = time.perf_counter()
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    seconds = time.perf_counter() - started
    if ended.returncode != 0:
        sys.exit(f"{ended.stdout}\n{' '.join(command)} ended with {ended.returncode}")
    return seconds, ended.stdout


def cold(folder: Path) -> float:
    """Everything computed, in an empty folder."""
    with _fresh(folder) as fresh:
        seconds, _ = run(MAIN, Path(fresh))
        check_r2("cold", _latest(Path(fresh)).data.metrics["test_r2"])
    return seconds


def default(folder: Path) -> float:
    """The same, and the models blended, and the winner fitted again."""
    with _fresh(folder) as fresh:
        seconds, _ = run(DEFAULT, Path(fresh))
        check_r2("default", _latest(Path(fresh)).data.metrics["test_r2"])
    return seconds


def cached(folder: Path) -> float:
    """Everything reused, nothing kept warm."""
    _fill(folder)
    seconds, _ = run(MAIN, folder)
    check_cached(folder)
    return seconds


def warm(folder: Path) -> float:
    """Everything reused, straight after another main."""
    _fill(folder)
    try:
        run(MAIN, folder, warm=True)
        seconds, _ = run(MAIN, folder, warm=True)
    finally:
        stop = [sys.executable, "-m", "reprise", "stop"]
        subprocess.run(stop, cwd=ROOT, capture_output=True)
    check_cached(folder)
    return seconds


def plain(folder: Path) -> float:
    """One script without tracking."""
    with _fresh(folder) as fresh:
        seconds, output = run(
            [sys.executable, str(BENCH / "rivals" / "plain.py"), fresh], Path(fresh)
        )
    found = re.search(r"^test_r2 (\S+)$", output, re.MULTILINE)
    check_r2("plain", float(found[1]) if found else float("nan"))
    return seconds


def chain(folder: Path) -> float:
    """`mlflow.run` step by step."""
    with _fresh(folder) as fresh:
        command = ["mlflow", "run", str(BENCH / "rivals"), "--env-manager", "local"]
        seconds, _ = run(command, Path(fresh))
        check_r2("chain", _latest(Path(fresh)).data.metrics["test_r2"])
    return seconds


def no_op(folder: Path) -> float:
    """`mlflow run` that runs nothing."""
    command = ["mlflow", "run", ".", "--env-manager", "local"]
    if not (folder / "MLproject").exists():
        for name, text in NO_OP.items():
            (folder / name).write_text(text)
        run(command, folder)
    return run(command, folder)[0]


def reproduce(folder: Path) -> float:
    """A past main done again and compared."""
    _fill(folder)
    command = ["mlflow", "run", str(ROOT), "-e", "reproduce", "--env-manager", "local"]
    seconds, output = run([*command, "-P", f"of={_latest(folder).info.run_id}"], folder)
    if "IDENTICAL" not in output:
        sys.exit(f"a main must come out the same, got\n{output}")
    return seconds


CONTESTANTS: dict[str, Callable[[Path], float]] = {
    "cold": cold,
    "default": default,
    "cached": cached,
    "warm": warm,
    "plain": plain,
    "chain": chain,
    "no-op": no_op,
    "reproduce": reproduce,
}


def check_r2(contestant: str, value: float) -> None:
    """Stop unless the best model's test r2 is what a model of this table can have."""
    low, high = SANE_R2
    if not low <= value <= high:
        sys.exit(f"test r2 of {contestant} must be within {low} and {high}, got {value}")


def check_cached(folder: Path) -> None:
    """Stop unless the latest main of this folder took every step from the cache."""
    parent = _latest(folder)
    check_r2("cached", parent.data.metrics["test_r2"])
    children = _runs(folder, f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    entry_points = {run.info.run_id: run.data.tags["mlflow.project.entryPoint"] for run in children}
    computed = [
        entry_points[run.info.run_id] for run in children if CACHED_FROM_TAG not in run.data.tags
    ]
    if len(children) != 6 or computed:
        sys.exit(f"6 steps must all be cached, got {len(children)}, computed {computed}")


def _fill(folder: Path) -> None:
    if not (folder / "mlflow.db").exists():
        run(MAIN, folder)


def _fresh(folder: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(dir=folder)


def _store(folder: Path) -> str:
    return f"sqlite:///{folder / 'mlflow.db'}"


def _latest(folder: Path) -> Run:
    return _runs(folder, "tags.`mlflow.project.entryPoint` = 'main'")[0]


def _runs(folder: Path, where: str) -> list[Run]:
    return list(MlflowClient(_store(folder)).search_runs(["0"], where))


def main() -> None:
    """Run the rounds, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    options = parser.parse_args()
    names: list[str] = options.only
    seconds: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as temporary:
        folders = {name: Path(temporary, name) for name in names}
        for folder in folders.values():
            folder.mkdir()
        for number in range(options.rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                seconds[name].append(CONTESTANTS[name](folders[name]))
                print(f"round {number + 1}  {name:<10}{seconds[name][-1]:8.2f} s", flush=True)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name, median in medians.items():
        print(f"{name:<14}{median:8.2f} s   {min(seconds[name]):.2f} to {max(seconds[name]):.2f}")
    for above, below, aim in RATIOS:
        if above in medians and below in medians:
            aimed = "" if aim is None else f"   aim <= {aim}"
            print(f"{f'{above}/{below}':<14}{medians[above] / medians[below]:8.2f}{aimed}")


if __name__ == "__main__":
    main()
