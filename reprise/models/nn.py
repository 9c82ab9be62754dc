"""A Keras multi-layer perceptron with early stopping."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.schema import Task
from reprise.models import features
from reprise.models.family import (
    CLASS_WEIGHT,
    Family,
    FitOptions,
    Fitted,
    Hyperparameter,
    Hyperparameters,
    Learned,
    Numbers,
    labels_of,
)
from reprise.models.keras_training import trained_network
from reprise.predictor import Network

_HELD_BACK = 0.1


def learn(
    task: Task,
    train: Numbers,
    validation: Numbers | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Learned:
    """Fit the network; the epoch with the lowest validation loss is kept.

    Without a validation part (in a fold of `tune`), the last tenth of the shuffled rows stands in
    for it; a fixed fit makes all its epochs on all rows, and keeps the last. Numbers are scaled to
    mean 0 and variance 1 of the train rows for the fit; the network that is returned gives them in
    the target's own unit.
    """
    if validation is None and not options.fixed:
        train, validation = _hold_back(train, options.seed)
    if task == "classification":
        classes = np.unique(train.y.to_numpy())
        held_out = None if validation is None else _coded(validation, classes)
        trained, epochs = trained_network(
            _coded(train, classes), held_out, len(classes), hyperparameters, options
        )
        return Learned(
            labels_of(classes),
            network=Network(_layers(trained)),
            keras=trained,
            settled={"epochs": epochs},
        )
    mean, scale = float(train.y.mean()), float(train.y.std(ddof=0)) or 1.0
    held_out = None if validation is None else _scaled(validation, mean, scale)
    trained, epochs = trained_network(
        _scaled(train, mean, scale), held_out, None, hyperparameters, options
    )
    network = Network(_layers(trained), scale, mean)
    keras = _in_unit(trained, mean, scale)
    return Learned(None, network=network, keras=keras, settled={"epochs": epochs})


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """Weights and biases, layer by layer."""
    if fitted.network is not None:
        for layer in fitted.network.layers:
            yield from layer


def _coded(rows: Numbers, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, and the position of each label among the classes, of rows that have one of them."""
    labels = rows.y.to_numpy()
    known = np.isin(labels, classes)
    return np.asarray(rows.X, dtype="float32")[known], np.searchsorted(classes, labels[known])


def _scaled(rows: Numbers, mean: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(rows.X, dtype="float32"), (rows.y.to_numpy() - mean) / scale


def _layers(trained: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    weights = trained.get_weights()
    return list(zip(weights[::2], weights[1::2], strict=True))


def _hold_back(train: Numbers, seed: int) -> tuple[Numbers, Numbers]:
    order = np.random.default_rng(seed).permutation(len(train.y))
    held, kept = np.split(order, [max(1, round(len(order) * _HELD_BACK))])

    def rows(positions: np.ndarray) -> Numbers:
        return Numbers(np.asarray(train.X)[positions], train.y.iloc[positions])

    # Every class must be learned: a fold too small for that trains on all it has.
    if pd.Series(train.y.iloc[kept]).nunique() < train.y.nunique() <= len(held):
        return train, rows(held)
    return rows(kept), rows(held)


def _in_unit(network: Any, mean: float, scale: float) -> Any:
    from reprise.models.keras_import import keras

    return keras.Sequential([network, keras.layers.Rescaling(scale, offset=mean)])


FAMILY = Family(
    name="nn",
    title="Neural network",
    hyperparameters={
        "layers": Hyperparameter(2, 0, 20, "hidden layers", (1, 3), grid=(1, 2)),
        "units": Hyperparameter(
            128, 1, 10_000, "units of a hidden layer", (32, 256), True, (64, 128)
        ),
        "dropout": Hyperparameter(
            0.1, 0.0, 0.9, "share of units left out", (0.0, 0.4), grid=(0.1,)
        ),
        "learning_rate": Hyperparameter(
            0.001, 1e-8, 1.0, "step size of Adam", (3e-4, 1e-2), True, (0.001, 0.003)
        ),
        "batch_size": Hyperparameter(128, 1, 1_000_000, "rows a step", (32, 256), True, (128,)),
        "epochs": Hyperparameter(200, 1, 100_000, "passes over the rows at most"),
        "patience": Hyperparameter(15, 1, 100_000, "passes without a gain before stopping"),
        "class_weight": CLASS_WEIGHT,
    },
    features=features.scaled,
    learn=learn,
    learned=learned,
    stops_early=True,
)
