"""How fast `score` is, and how much memory it takes, against calling the model in memory.

    python -m bench.score [rows ...] [--family gbm]      one line for each, such as 1e6 1e7

The table is that of bench.big_table (20 columns of mixed types); the model is trained on its first
20,000 rows. `score` is the whole step, as `mlflow run` starts it: process, CSV in, CSV out, run,
metrics. The bare call is the loaded model's `predict` on chunks of 65,536 rows that are in memory
as DataFrames, 1 million rows at most. Aim: score takes at most 1.3 times as long for a row.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.big_table import ROOT, measured, write_table

TRAINING_ROWS = 20_000
CHUNK = 1 << 16
MOST_IN_MEMORY = 1_000_000
BARE = """
import json, sys, time, mlflow
from bench.big_table import block_of
uri, chunks, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = mlflow.pyfunc.load_model(uri)
rows = [block_of(n * size, size).to_pandas() for n in range(chunks)]
model.predict(rows[0])
started = time.perf_counter(), time.process_time()
for each in rows:
    model.predict(each)
print(json.dumps([time.perf_counter() - started[0], time.process_time() - started[1]]))
"""


def environment(folder: Path) -> dict[str, str]:
    """Variables for a program with a store in `folder`."""
    kept = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def run(folder: Path, *program: str) -> str:
    """What a Python program prints; ends the benchmark where it fails."""
    done = subprocess.run(
        [sys.executable, *program],
        cwd=folder,
        env=environment(folder),
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def train(folder: Path, table: Path, target: str, family: str) -> str:
    """The URI of a model of this family, trained with its defaults in the store of `folder`."""
    printed = run(folder, "-m", "steps.prepare", "--data", str(table), "--target", target)
    uri = printed.rpartition("table: ")[2].strip()
    printed = run(folder, "-m", f"steps.train_{family}", "--table", uri)
    return printed.rpartition("model: ")[2].strip()


def compare(folder: Path, rows: int, family: str) -> str:
    """A line with both rates and their ratio."""
    write_table(folder / "first.csv", TRAINING_ROWS)
    model = train(folder, folder / "first.csv", "y", family)
    table = folder / "table.csv"
    write_table(table, rows)
    os.sync()
    chunks = max(1, min(rows, MOST_IN_MEMORY) // CHUNK)
    bare, bare_cpu = json.loads(run(folder, "-c", BARE, model, str(chunks), str(CHUNK)))
    score = ["-m", "steps.score", "--model", model, "--data", str(table)]
    seconds, peak = measured(
        [sys.executable, *score, "--output", str(folder / "predictions.csv"), "--keep", "whole_4"],
        folder,
    )
    bare_rate, rate = chunks * CHUNK / bare, rows / seconds
    return (
        f"{rows:>11,} rows  {family}  bare {bare_rate:9,.0f} rows/s ({bare_cpu / bare:.1f} cores)"
        f"   score {rate:9,.0f} rows/s {peak:5.2f} GB   time x{bare_rate / rate:.2f}"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=float, default=[1e7])
    parser.add_argument("--family", default="gbm")
    options = parser.parse_args()
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="reprise-bench-") as folder:
            print(compare(Path(folder), int(rows), options.family), flush=True)


if __name__ == "__main__":
    main()
