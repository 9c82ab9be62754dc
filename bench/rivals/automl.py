"""FLAML's AutoML on a prepared table: train and validation rows to learn from, the same test rows.

    python bench/rivals/automl.py <folder of table/> <metric> <seconds> <seed>

prints its test error, the seconds it took, and what it chose, as JSON.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import pandas as pd
from flaml import AutoML
from sklearn.metrics import log_loss, root_mean_squared_error

CORES = 2


def main(folder: Path, metric: str, seconds: int, seed: int) -> None:
    """Search for that long, with FLAML's own defaults, and measure the best on the test part."""
    schema = json.loads((folder / "schema.json").read_text())
    parts = [pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "validation")]
    learning, test = pd.concat(parts, ignore_index=True), pd.read_parquet(folder / "test.parquet")
    target = schema["target"]
    for name, column in schema["columns"].items():
        if column["kind"] == "text":
            learning[name] = learning[name].astype("category")
            test[name] = pd.Categorical(test[name], categories=learning[name].cat.categories)
    search = AutoML()
    started = time.perf_counter()
    search.fit(
        learning.drop(columns=target),
        learning[target],
        task=schema["task"],
        metric=metric,
        time_budget=seconds,
        n_jobs=CORES,
        seed=seed,
        verbose=0,
    )
    took = time.perf_counter() - started
    rows, actual = test.drop(columns=target), test[target]
    if metric == "rmse":
        error = root_mean_squared_error(actual, search.predict(rows))
    else:
        error = log_loss(actual, search.predict_proba(rows), labels=search.classes_)
    print(json.dumps({"error": error, "seconds": took, "chosen": search.best_estimator}))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
