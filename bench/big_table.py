"""How long `prepare` takes for a big table, and how much memory: as CSV, Parquet and Excel.

    python bench/big_table.py [rows ...]     two lines for each, such as 1e5 1e6 1e7

The table has 20 columns of mixed types and is the same every time: 10 million rows are 1.5 GB.
`prepare` is the whole step, as `mlflow run` starts it: process, run, digests, splits, profile.
For a CSV it is held against Arrow (`pyarrow.csv.open_csv` into a ParquetWriter, block by block),
for a folder of Parquet with the same rows against itself on the CSV; so it is for a workbook of
100,000 rows and 10 columns (`--excel 0` leaves that out). Everything is written under TMPDIR (for
10 million rows about 10 GB) and removed. `--only FILE` just writes the table.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

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
            **{
                name: gaps(values, 0.02 * (n < 4))
                for n, (name, values) in enumerate(fractions.items())
            },
            **{
                f"whole_{n}": gaps(random.integers(0, 10 ** (n + 2), rows), 0.02 * (n == 0))
                for n in range(5)
            },
            "colour": gaps(random.choice(colours, rows), 0.01),
            "flag": random.random(rows) < 0.3,
            "day": days,
            "y": y.round(4),
        }
    )


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


def write_folder(path: Path, rows: int) -> None:
    """Write the same rows as a folder of Parquet files, one a block."""
    path.mkdir()
    for start in range(0, rows, BLOCK):
        table = block_of(start, min(BLOCK, rows - start))
        parquet.write_table(table, path / f"part-{start // BLOCK:05}.parquet")


def write_workbook(path: Path, table: pa.Table) -> None:
    """Write a table as the one sheet of an Excel workbook."""
    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("figures")
    sheet.append(table.column_names)
    for row in zip(*table.to_pydict().values(), strict=True):
        sheet.append(row)
    book.save(path)


def make_store(folder: Path) -> None:
    """Make the tracking store, or who comes first would do so."""
    measured([sys.executable, "-m", "reprise", "open-store"], folder)


def prepared(table: Path, folder: Path) -> tuple[float, float]:
    """(seconds, peak memory in GB) of `prepare` on a table."""
    os.sync()  # or writing the table would still slow down who comes first
    prepare = [sys.executable, "-m", "steps.prepare", "--data", str(table), "--target", "y"]
    return measured(prepare, folder)


def line(what: str, base: tuple[float, float], of: str, found: tuple[float, float]) -> str:
    """Two figures and their ratios."""
    return (
        f"{what}   {of} {base[0]:6.1f} s {base[1]:5.2f} GB   prepare {found[0]:6.1f} s "
        f"{found[1]:5.2f} GB   time x{found[0] / base[0]:.2f}   memory x{found[1] / base[1]:.2f}"
    )


def compare(folder: Path, rows: int) -> Iterator[str]:
    """A line for the CSV, and one for the folder of Parquet."""
    table, parts = folder / "table.csv", folder / "parts"
    write_table(table, rows)
    make_store(folder)
    os.sync()
    base = measured([sys.executable, "-c", BASELINE, str(table)], folder)
    (folder / "baseline.parquet").unlink()
    csv_took = prepared(table, folder)
    size = table.stat().st_size / 1e9
    yield line(f"{rows:>11,} rows  {size:6.3f} GB of CSV    ", base, "arrow", csv_took)
    write_folder(parts, rows)
    size = sum(part.stat().st_size for part in parts.iterdir()) / 1e9
    took = prepared(parts, folder)
    yield line(f"{rows:>11,} rows  {size:6.3f} GB of Parquet", csv_took, "CSV  ", took)


def compare_workbook(folder: Path, rows: int) -> str:
    """A line for a workbook of 10 columns, against a CSV of the same."""
    few = ["fraction_0", "fraction_1", "fraction_4", "fraction_5", "fraction_6", "whole_0"]
    table = block_of(0, rows).select([*few, "whole_3", "colour", "day", "y"])
    csv.write_csv(table, folder / "few.csv")
    write_workbook(folder / "few.xlsx", table)
    make_store(folder)
    base = prepared(folder / "few.csv", folder)
    size = (folder / "few.xlsx").stat().st_size / 1e9
    took = prepared(folder / "few.xlsx", folder)
    return line(f"{rows:>11,} rows  {size:6.3f} GB of Excel  ", base, "CSV  ", took)


def main() -> None:
    """Measure, or only write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=float, default=[1e7])
    parser.add_argument("--excel", type=float, default=1e5, help="rows of a workbook, 0 for none")
    parser.add_argument("--only", type=Path, help="write the table to this file, measure nothing")
    options = parser.parse_args()
    if options.only is not None:
        write_table(options.only, int(options.rows[0]))
        return
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="reprise-bench-") as folder:
            for found in compare(Path(folder), int(rows)):
                print(found, flush=True)
    if options.excel:
        with tempfile.TemporaryDirectory(prefix="reprise-bench-") as folder:
            print(compare_workbook(Path(folder), int(options.excel)), flush=True)


if __name__ == "__main__":
    main()
