"""Whether bounds of predictions hold what they promise, and how wide they are beside others'.

    python -m bench.coverage [--rival /path/to/python] [--family gbm] [--seeds 5] [names of tables]

Ten real tables of both tasks (bench/quality_tables.py; of more than 4,000 rows so many are drawn),
each split five times: half to train, a fifth for validation, the rest to test. The model is made
as `main` makes one: fitted on train, its errors known of validation rows, fitted again on both, and
then asked for bounds of the test rows. `candidate` is the model before it was fitted again.

Width is the mean width of intervals of 0.9 divided by the standard deviation of the target, or the
mean number of labels in a set. Plain is split conformal by the same errors without a difficulty.
With `--rival`, a Python that has MAPIE 1.1.0 (pip install mapie==1.1.0 scikit-learn==1.5.2), that
bounds the candidate's predictions by the same rows (bench/rivals/conformal.py): numbers by absolute
and normalised residuals, classes by LAC and, of more than two, by APS and RAPS.
"""

import argparse
import json
import subprocess
import tempfile
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.big_table import ROOT
from bench.quality_tables import TABLES
from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import LearningRows, Part, PreparedTable
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.table_files import write_table
from reprise.evaluation.coverage import Coverage, coverage_of
from reprise.evaluation.prediction import Prediction, predict
from reprise.models.families import get_family
from reprise.predictor import Conformal, TabularModel, inputs_of
from reprise.training.conformal_scores import conformal_of
from reprise.training.refit import refit
from reprise.training.train import train

RIVAL = ROOT / "bench" / "rivals" / "conformal.py"
MOST = 4_000
NUMBERS = ("saratoga", "ames", "wage", "deliveries", "diamonds")
CLASSES = ("cells", "hpc", "credit", "churn", "loans")


@dataclass
class Found:
    """Of one table, a value a seed: coverage by level, and width at 0.9, by who has it."""

    coverage: dict[str, list[list[float]]] = field(default_factory=dict)
    width: dict[str, list[float]] = field(default_factory=dict)

    def add(self, who: str, coverage: list[float], width: float) -> None:
        """One seed's."""
        self.coverage.setdefault(who, []).append(coverage)
        self.width.setdefault(who, []).append(width)

    def held(self, who: str = "ours") -> list[float]:
        """The mean coverage of each level."""
        return [float(each) for each in np.mean(self.coverage[who], axis=0)]


def prepared(name: str, seed: int, folder: Path) -> PreparedTable:
    """A table, divided anew."""
    table = replace(TABLES[name], rows=MOST)
    options = SplitOptions(Split(), 0.2, 0.3, seed)
    made = prepare(RawTable.of(table.read()), name, table.target, "auto", options)
    write_table(folder, made)
    return PreparedTable(folder, name)


def measure(name: str, family: str, seed: int, rival: str | None, found: Found) -> None:
    """What bounds hold on the test rows of one split."""
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as folder:
        table = prepared(name, seed, Path(folder) / "table")
        rows, test, task = table.learning_rows(), table.read("test"), table.schema.task
        trained = train(get_family(family), rows, {}, seed, 1)
        conformal = conformal_of(task, rows.validation, trained.prediction, seed)
        champion = refit([trained.recipe], rows, 1).model
        roles = {column: known.role for column, known in table.schema.columns.items()}
        scale = test.y.std() if task == "regression" else 1.0

        def add(who: str, model: TabularModel, bounds: Conformal) -> None:
            model.conformal = bounds
            held = coverage_of(model, roles, test.X, test.y, predict(model, test.X))
            assert held is not None
            found.add(who, *_numbers(held, scale))

        add("ours", champion, conformal)
        add("candidate", trained.model, conformal)
        add("plain", trained.model, _plain(task, rows, trained.prediction))
        if rival is not None:
            file = Path(folder) / "rows.npz"
            said = predict(trained.model, test.X)
            _write(file, rows.validation, trained.prediction, test, said)
            command = [rival, str(RIVAL), str(file), task, str(seed)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr)
            for who, each in json.loads(done.stdout.splitlines()[-1]).items():
                found.add(who, each["coverage"], each["width"] / scale)


def _numbers(held: Coverage, scale: float) -> tuple[list[float], float]:
    return (
        [level["coverage"] for level in held.levels],
        next(level["width"] / scale for level in held.levels if level["asked"] == 0.9),
    )


def _plain(task: str, rows: LearningRows, prediction: Prediction) -> Conformal:
    if task == "regression":
        y = rows.validation.y.to_numpy("float64")
        return Conformal(np.sort(np.abs(y - prediction.values)))
    return conformal_of("classification", rows.validation, prediction, 0)


def _write(
    file: Path, validation: Part, known: Prediction, test: Part, prediction: Prediction
) -> None:
    """What the rival is given: outputs, and what tells hard rows from others, with the truth."""
    arrays: dict[str, Any] = {}
    for part, rows, said in (("known", validation, known), ("test", test, prediction)):
        if said.classes is None:
            inputs = inputs_of(rows.X, said.values).astype("float64")
            arrays[f"{part}_X"] = np.column_stack([said.values, np.nan_to_num(inputs[:, 1:])])
            arrays[f"{part}_y"] = rows.y.to_numpy("float64")
        else:
            arrays[f"{part}_X"] = said.numbers
            arrays[f"{part}_y"] = pd.Index(said.classes).get_indexer(pd.Index(rows.y))
    np.savez(file, allow_pickle=False, **arrays)


def main() -> None:
    """Print a row for each table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="*", default=[*NUMBERS, *CLASSES])
    parser.add_argument("--rival")
    parser.add_argument("--family", default="gbm")
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    off: list[float] = []
    for name in asked.tables:
        found = Found()
        for seed in range(asked.seeds):
            measure(name, asked.family, seed, asked.rival, found)
        held = found.held()
        off += [abs(each - level) for each, level in zip(held, (0.8, 0.9, 0.95), strict=True)]
        shares = " ".join(f"{each:.3f}" for each in held)
        widths = ", ".join(f"{who} {np.mean(each):.3f}" for who, each in found.width.items())
        at = ", ".join(f"{who} {found.held(who)[1]:.3f}" for who in found.coverage)
        print(f"{name:<11} held {shares} | width at 0.9: {widths} | held at 0.9: {at}", flush=True)
    furthest, mean = 100 * max(off), 100 * np.mean(off)
    print(f"furthest from what was asked for: {furthest:.1f} points, mean {mean:.1f}")


if __name__ == "__main__":
    main()
