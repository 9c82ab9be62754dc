"""AutoGluon or FLAML on a prepared table: train and validation rows to learn from, the same test.

    python bench/rivals/automl.py <rival> <folder of table/> <metric> <seconds> <seed>

`rival` is flaml, or a preset of AutoGluon. Prints its test error, the seconds that it learned for
and predicted in, the bytes of what it needs to predict, and what it chose, as JSON.
"""

import json
import pickle
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CORES = 2
AUTOGLUON = {"rmse": "root_mean_squared_error", "log_loss": "log_loss"}


class AutoGluon:
    """TabularPredictor with a preset, as its documentation has it."""

    def __init__(self, preset: str, metric: str, seconds: int, seed: int) -> None:
        self.preset, self.metric, self.seconds = preset, metric, seconds
        np.random.seed(seed)  # AutoGluon has no seed of its own for the whole

    def fit(self, rows: pd.DataFrame, target: str, task: str) -> None:
        """Learn from rows that have the target."""
        from autogluon.tabular import TabularPredictor

        kind = "regression" if task == "regression" else _kind(rows[target])
        self.predictor = TabularPredictor(
            target,
            problem_type=kind,
            eval_metric=AUTOGLUON[self.metric],
            path=tempfile.mkdtemp(dir="."),
            verbosity=0,
        )
        self.predictor.fit(
            rows, presets=self.preset, time_limit=self.seconds, num_cpus=CORES, num_gpus=0
        )

    def predict(self, rows: pd.DataFrame) -> tuple[np.ndarray, Any]:
        """Numbers and None, or probabilities and the classes of their columns."""
        if self.metric == "rmse":
            return self.predictor.predict(rows).to_numpy(), None
        found = self.predictor.predict_proba(rows)
        return found.to_numpy(), list(found.columns)

    @property
    def size(self) -> int:
        """Bytes of what is needed to predict."""
        kept = Path(self.predictor.clone_for_deployment(tempfile.mkdtemp(dir=".") + "/kept"))
        return sum(file.stat().st_size for file in kept.rglob("*") if file.is_file())

    @property
    def chosen(self) -> str:
        """What it predicts with."""
        return str(self.predictor.model_best)


class Flaml:
    """AutoML with its defaults."""

    def __init__(self, preset: str, metric: str, seconds: int, seed: int) -> None:
        from flaml import AutoML

        self.search, self.metric = AutoML(), metric
        self.options = {"time_budget": seconds, "n_jobs": CORES, "seed": seed, "verbose": 0}
        self.categories: dict[str, pd.Index] = {}

    def fit(self, rows: pd.DataFrame, target: str, task: str) -> None:
        """Learn from rows that have the target."""
        X = rows.drop(columns=target)
        for name in X.select_dtypes(include=["object", "string"]):
            self.categories[name] = X[name].astype("category").cat.categories
        y = rows[target]
        self.search.fit(self._coded(X), y, task=task, metric=self.metric, **self.options)

    def predict(self, rows: pd.DataFrame) -> tuple[np.ndarray, Any]:
        """Numbers and None, or probabilities and the classes of their columns."""
        X = self._coded(rows)
        if self.metric == "rmse":
            return self.search.predict(X), None
        return self.search.predict_proba(X), list(self.search.classes_)

    def _coded(self, X: pd.DataFrame) -> pd.DataFrame:
        coded = {n: pd.Categorical(X[n], categories=c) for n, c in self.categories.items()}
        return X.assign(**coded)

    @property
    def size(self) -> int:
        """Bytes of what is needed to predict."""
        return len(pickle.dumps(self.search.model))

    @property
    def chosen(self) -> str:
        """What it predicts with."""
        return str(self.search.best_estimator)


def main(rival: str, folder: Path, metric: str, seconds: int, seed: int) -> None:
    """Learn for that long, with the rival's own defaults, and measure on the test part."""
    schema = json.loads((folder / "schema.json").read_text())
    parts = [pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "validation")]
    learning, test = pd.concat(parts, ignore_index=True), pd.read_parquet(folder / "test.parquet")
    target = schema["target"]
    model = (Flaml if rival == "flaml" else AutoGluon)(rival, metric, seconds, seed)
    started = time.perf_counter()
    model.fit(learning, target, schema["task"])
    took = time.perf_counter() - started
    rows, actual = test.drop(columns=target), test[target].to_numpy()
    outputs, classes = model.predict(rows)
    started = time.perf_counter()
    model.predict(rows)
    predicting = time.perf_counter() - started
    found = {"error": _error(actual, outputs, classes), "seconds": took}
    print(json.dumps(found | {"predicting": predicting, "size": model.size, "what": model.chosen}))


def _error(actual: np.ndarray, outputs: np.ndarray, classes: Any) -> float:
    """RMSE, or log loss as `main` counts it: at least 2.2e-16 for the actual class."""
    if classes is None:
        return float(np.sqrt(np.mean((actual - outputs.astype("float64")) ** 2)))
    positions = np.array([classes.index(label) if label in classes else -1 for label in actual])
    chosen = outputs.astype("float64")[np.arange(len(actual)), positions]
    chosen = np.where(positions < 0, 0.0, chosen)
    return float(-np.log(np.clip(chosen, np.finfo("float64").eps, 1.0)).mean())


def _kind(labels: pd.Series) -> str:
    return "binary" if labels.nunique() == 2 else "multiclass"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    name, table, by, limit, number = sys.argv[1:]
    main(name, Path(table), by, int(limit), int(number))
