"""Which configurations, chosen how, predict best: fits across folds, kept, and what they are worth.

For each table (bench/quality_tables.py, `random` splits) and seed, every configuration of every
family is fitted on the folds of train and validation rows together, on the train rows alone
(held out: the validation rows, as `train_*` does it), and again on both by what either has
settled. Predictions are kept in `--folder`, so that what has been fitted is not fitted again.
bench/policies.py then says what choosing by one or the other has cost on the test rows.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.policies import print_policies
from bench.quality_tables import TABLES, Table
from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import Part, PreparedTable
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.table_files import write_table
from reprise.models.families import get_family
from reprise.models.family import Examples, FitOptions, Hyperparameters, Learned, Numbers, transform
from reprise.predictor import single_threaded
from reprise.training.search.folds import make_folds

FOLDS = 5
USUAL, STUMPS, LEAFY = get_family("gbm").starts
# Name -> family, and what differs from its defaults.
CONFIGURATIONS: dict[str, tuple[str, Hyperparameters]] = {
    "elasticnet": ("elasticnet", {}),
    "rf": ("rf", {}),
    "et": ("et", {}),
    "et_leafy": ("et", {"min_samples_leaf": 1, "max_features": 0.5}),
    "gbm": ("gbm", {}),
    "gbm_usual": ("gbm", USUAL),
    "gbm_stumps": ("gbm", STUMPS),
    "gbm_leafy": ("gbm", LEAFY),
    "nn": ("nn", {}),
}


@dataclass(frozen=True)
class Subset:
    """Rows to learn from as a family's features show them, those held out, and the test rows."""

    train: Numbers
    held_out: Numbers | None
    test: Any


@dataclass
class Fits:
    """What a configuration predicts: by subset, held-out and test outputs; seconds of processor."""

    held_out: dict[str, np.ndarray] = field(default_factory=dict)
    test: dict[str, np.ndarray] = field(default_factory=dict)
    settled: dict[str, Mapping[str, int | float]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Rows:
    """Train and validation rows together, the test rows, and positions of each subset."""

    table: PreparedTable
    learning: Part
    test: Part
    subsets: Mapping[str, tuple[np.ndarray, np.ndarray | None]]

    @property
    def classes(self) -> list[Any] | None:
        """The labels, sorted; None for numbers."""
        regression = self.table.schema.task == "regression"
        return None if regression else sorted(self.learning.y.unique().tolist())

    def coded(self, part: Part) -> np.ndarray:
        """Numbers, or the position of each label among the classes (-1: none of them)."""
        if self.classes is None:
            return part.y.to_numpy("float64")
        place = {label: position for position, label in enumerate(self.classes)}
        return np.array([place.get(label, -1) for label in part.y.tolist()])


def open_rows(table: Table, seed: int, folder: Path) -> Rows:
    """A table prepared as `main` prepares it, in this folder."""
    options = SplitOptions(Split.parse(table.split), 0.2, 0.2, seed)
    made = prepare(RawTable.of(table.read()), "bench", table.target, "auto", options)
    write_table(folder / "table", made)
    prepared = PreparedTable(folder / "table", "runs:/bench/table")
    parts = prepared.learning_rows()
    learning = parts.together
    folds = make_folds(learning, prepared.schema.task, prepared.schema.divided, FOLDS, seed)
    train, rows = len(parts.train.y), len(learning.y)
    subsets: dict[str, tuple[np.ndarray, np.ndarray | None]] = {
        f"fold{number}": fold for number, fold in enumerate(folds)
    }
    subsets["train"] = np.arange(train), np.arange(train, rows)
    subsets["all"] = np.arange(rows), None
    return Rows(prepared, learning, prepared.read("test"), subsets)


def fit_all(rows: Rows, names: list[str], seed: int) -> dict[str, Fits]:
    """Fit configurations on every subset; families with the same features share them."""
    found = {name: Fits() for name in names}
    for subset, (train, held_out) in rows.subsets.items():
        shown: dict[Any, Subset] = {}
        for name in names:
            family = get_family(CONFIGURATIONS[name][0])
            if family.features not in shown:
                shown[family.features] = _show(rows, family, seed, train, held_out)
            if subset == "all":
                _fit_again(rows, name, shown[family.features], seed, found[name])
            else:
                _fit(rows, name, subset, shown[family.features], seed, found[name])
    return found


def _show(
    rows: Rows, family: Any, seed: int, train: np.ndarray, held_out: np.ndarray | None
) -> Subset:
    X, y = rows.learning.X, rows.learning.y
    features, numbers = family.fit_features(Examples(X.iloc[train], y.iloc[train]), seed)
    others = None
    if held_out is not None:
        others = Numbers(transform(features, X.iloc[held_out]), y.iloc[held_out])
    return Subset(numbers, others, transform(features, rows.test.X))


def _fit(rows: Rows, name: str, subset: str, shown: Subset, seed: int, fits: Fits) -> None:
    family, stopping = get_family(CONFIGURATIONS[name][0]), shown.held_out
    done = _learn(rows, name, shown, stopping if family.stops_early else None, {}, seed, fits)
    fits.settled[subset] = done.settled
    assert shown.held_out is not None
    fits.held_out[subset] = _outputs(rows, done, shown.held_out.X)
    fits.test[subset] = _outputs(rows, done, shown.test)


def _fit_again(rows: Rows, name: str, shown: Subset, seed: int, fits: Fits) -> None:
    """On all rows, by what the train rows alone have settled, and by the mean of the folds."""
    train = fits.settled.pop("train")
    folds = list(fits.settled.values())
    means = {key: type(train[key])(np.mean([each[key] for each in folds])) for key in train}
    for which, settled in (("again_train", train), ("again_folds", means)):
        done = _learn(rows, name, shown, None, settled, seed, fits)
        fits.test[which] = _outputs(rows, done, shown.test)


def _learn(
    rows: Rows,
    name: str,
    shown: Subset,
    stopping: Numbers | None,
    settled: Mapping[str, int | float],
    seed: int,
    fits: Fits,
) -> Learned:
    family_name, differ = CONFIGURATIONS[name]
    family = get_family(family_name)
    chosen = {**family.defaults, **differ, **settled}
    options = replace(FitOptions(seed), fixed=bool(settled))
    started = time.process_time()
    with single_threaded():
        done = family.learn(rows.table.schema.task, shown.train, stopping, chosen, options)
    fits.seconds += time.process_time() - started
    return done


def _outputs(rows: Rows, done: Learned, X: Any) -> np.ndarray:
    """Numbers (rows,), or probabilities of all classes of the table (rows, classes)."""
    outputs, classes = done.outputs(X), rows.classes
    if classes is None or done.classes is None:
        return outputs
    full = np.zeros((len(outputs), len(classes)))
    full[:, [classes.index(label) for label in done.classes]] = outputs
    return full


def keep(rows: Rows, fits: Fits, path: Path) -> None:
    """Write what a configuration predicts, and what was to be predicted, as arrays."""
    first = fits.held_out["train"]
    outside = np.zeros((len(rows.learning.y), *first.shape[1:]))
    predicted = np.zeros(len(outside), bool)
    for subset, (_, held_out) in rows.subsets.items():
        if held_out is not None and subset != "train":
            outside[held_out], predicted[held_out] = fits.held_out[subset], True
    actual = rows.coded(rows.learning)
    arrays = {"outside": outside[predicted], "actual": actual[predicted], "validation": first}
    arrays |= {"actual_validation": actual[-len(first) :], "actual_test": rows.coded(rows.test)}
    arrays["bagged"] = np.mean([v for k, v in fits.test.items() if k.startswith("fold")], axis=0)
    arrays |= {"again_train": fits.test["again_train"], "again_folds": fits.test["again_folds"]}
    np.savez(path, allow_pickle=False, **arrays, seconds=np.array(fits.seconds))


def main() -> None:
    """Fit what is missing, then print what each policy is worth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where predictions are kept")
    parser.add_argument("--tables", required=True, help="some of bench/quality_tables.py")
    parser.add_argument("--seeds", default="1", help="of split, folds and fits")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for seed in map(int, asked.seeds.split(",")):
        for name in asked.tables.split(","):
            paths = {each: asked.folder / f"{name}.{seed}.{each}.npz" for each in CONFIGURATIONS}
            missing = [each for each, path in paths.items() if not path.exists()]
            if not missing:
                continue
            with tempfile.TemporaryDirectory() as scratch:
                rows = open_rows(TABLES[name], seed, Path(scratch))
                for each, fits in fit_all(rows, missing, seed).items():
                    keep(rows, fits, paths[each])
            print(f"{name} seed {seed}: {', '.join(missing)} fitted", flush=True)
    print_policies(asked.folder)


if __name__ == "__main__":
    main()
