"""The work of bench/pipeline.py's rivals: one table, three models, one grid."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import ParameterGrid, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

TARGET, SEED, FOLDS = "target", 42, 5
PARTS = ("train", "validation", "test")
GRID = {"alpha": [0.0001, 0.001, 0.01, 0.1], "l1_ratio": [0.1, 0.5, 0.9]}
TRIALS = list(ParameterGrid(GRID))


def split_table() -> dict[str, pd.DataFrame]:
    """The diabetes table in three parts: 60, 20 and 20 percent of the rows."""
    table = load_diabetes(as_frame=True, scaled=False).frame
    train, rest = train_test_split(table, test_size=0.4, random_state=SEED)
    validation, test = train_test_split(rest, test_size=0.5, random_state=SEED)
    return {"train": train, "validation": validation, "test": test}


def columns(part: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """X and y, both float64."""
    X = part.drop(columns=TARGET).to_numpy(dtype="float64")
    return X, part[TARGET].to_numpy(dtype="float64")


def elastic_net(alpha: float = 0.001, l1_ratio: float = 0.5) -> Pipeline:
    """An unfitted elastic net on scaled columns."""
    return make_pipeline(StandardScaler(), ElasticNet(alpha=alpha, l1_ratio=l1_ratio))


def forest() -> Pipeline:
    """An unfitted forest of 200 trees."""
    trees = RandomForestRegressor(n_estimators=200, max_features=0.5, random_state=SEED, n_jobs=-1)
    return make_pipeline(StandardScaler(), trees)


def fit_network(X: np.ndarray, y: np.ndarray) -> Any:
    """A Keras network of 64 units after 100 epochs; it scales columns and target itself."""
    import keras

    keras.utils.set_random_seed(SEED)
    scale = keras.layers.Normalization()
    scale.adapt(X)
    layers = [
        keras.layers.Input((X.shape[1],)),
        scale,
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1),
        keras.layers.Rescaling(float(y.std()), float(y.mean())),
    ]
    network = keras.Sequential(layers)
    network.compile(optimizer="adam", loss="mse")
    network.fit(X, y, epochs=100, verbose=0)
    return network
