"""How long `prepare` takes for a big CSV, and how much memory, against Arrow writing it as Parquet.

    python bench/big_table.py [rows ...]     one line for each, such as 1e5 1e6 1e7

The table has 20 columns of mixed types and is the same every time: 10 million rows are 1.5 GB.
`prepare` is the whole step, as `mlflow run` starts it: process, run, digests, splits, profile.
Arrow's part is `pyarrow.csv.open_csv` into a ParquetWriter, block by block. Everything is written
under TMPDIR (for 10 million rows about 9 GB) and removed. `--only FILE` just writes the table.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

ROOT = Path(__file__).parents[1]
BLOCK = 250_000
BASELINE = """
import sys, pyarrow.csv, pyarrow.parquet
blocks = pyarrow.csv.open_csv(sys.argv[1])
with pyarrow.parquet.ParquetWriter("baseline.parquet", blocks.schema) as writer:
    for block in blocks:
        writer.write_batch(block)
"""


def block_of(start: int, rows: int) -> pa.Table:
    """Rows from `start` on: 12 fractions, 5 whole numbers, a category, a flag and a day; gaps."""
    random = np.random.default_rng([7, start])

    def gaps(values: np.ndarray, share: float) -> pa.Array:
        return pa.array(values, mask=random.random(rows) < share)

    fractions = {f"fraction_{n}": random.normal(0, 100, rows).round(4) for n in range(11)}
    y = 2 * fractions["fraction_5"] + random.normal(0, 10, rows)
    colours = np.array(["red", "green", "blue", "amber", "violet", "white"])
    days = np.datetime64("2015-01-01") + random.integers(0, 3000, rows).astype("timedelta64[D]")
    return pa.table(
        {
            **{name: gaps(values, 0.02 * (n < 4)) for n, (name, values) in
               enumerate(fractions.items())},
            **{f"whole_{n}": gaps(random.integers(0, 10 ** (n + 2), rows), 0.02 * (n == 0))
               for n in range(5)},
            "colour": gaps(random.choice(colours, rows), 0.01),
            "flag": random.random(rows) < 0.3,
            "day": days,
            "y": y.round(4),
        }
    )  # fmt: skip


def write_table(path: Path, rows: int) -> None:
    """Write the table as CSV, block by block."""
    with csv.CSVWriter(path, block_of(0, 1).schema) as writer:
        for start in range(0, rows, BLOCK):
            writer.write_table(block_of(start, min(BLOCK, rows - start)))


def measured(program: list[str], folder: Path) -> tuple[float, float]:
    """(seconds, peak memory in GB) of a program run in `folder`, its children included."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
    }
    started = time.perf_counter()
    process = subprocess.Popen(program, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(program)} failed")
    return time.perf_counter() - started, usage.ru_maxrss * 1024 / 1e9


def compare(folder: Path, rows: int) -> str:
    """A line with both figures and their ratio."""
    table = folder / "table.csv"
    write_table(table, rows)
    os.sync()  # or writing the table would still slow down who comes first
    prepare = [sys.executable, "-m", "steps.prepare", "--data", str(table), "--target", "y"]
    base, base_peak = measured([sys.executable, "-c", BASELINE, str(table)], folder)
    seconds, peak = measured(prepare, folder)
    return (
        f"{rows:>11,} rows  {table.stat().st_size / 1e9:6.3f} GB   arrow {base:6.1f} s "
        f"{base_peak:5.2f} GB   prepare {seconds:6.1f} s {peak:5.2f} GB   "
        f"time x{seconds / base:.2f}"
    )


def main() -> None:
    """Measure, or only write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=float, default=[1e7])
    parser.add_argument("--only", type=Path, help="write the table to this file, measure nothing")
    options = parser.parse_args()
    if options.only is not None:
        write_table(options.only, int(options.rows[0]))
        return
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="reprise-bench-") as folder:
            print(compare(Path(folder), int(rows)), flush=True)


if __name__ == "__main__":
    main()
