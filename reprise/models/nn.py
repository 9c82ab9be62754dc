"""A Keras multi-layer perceptron with early stopping."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from reprise.models import features
from reprise.models.family import (
    Examples,
    Family,
    FitOptions,
    Fitted,
    Hyperparameter,
    Hyperparameters,
    labels_of,
)
from reprise.predictor import Network, single_threaded
from reprise.schema import Task

_HELD_BACK = 0.1


def fit(
    task: Task,
    train: Examples,
    validation: Examples | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Fitted:
    """Fit the network; the epoch with the lowest validation loss is kept.

    Without a validation part (in a fold of `tune`), the last tenth of the shuffled rows stands in
    for it. Numbers are scaled to mean 0 and variance 1 of the train rows for the fit; the network
    that is returned gives them in the target's own unit.
    """
    from sklearn.pipeline import Pipeline

    pipeline = Pipeline(features.scaled(options.seed))
    if validation is None:
        train, validation = _hold_back(train, options.seed)
    with single_threaded():
        inputs = np.asarray(pipeline.fit_transform(train.X), dtype="float32")
        held_out = np.asarray(pipeline.transform(validation.X), dtype="float32")
    if task == "classification":
        classes, codes = np.unique(train.y.to_numpy(), return_inverse=True)
        known = np.isin(validation.y.to_numpy(), classes)
        held_out_codes = np.searchsorted(classes, validation.y.to_numpy()[known])
        trained = _train(
            (inputs, codes), (held_out[known], held_out_codes), len(classes), hyperparameters, options
        )
        return Fitted(pipeline, labels_of(classes), Network(_layers(trained)), trained)
    mean, scale = float(train.y.mean()), float(train.y.std(ddof=0)) or 1.0
    trained = _train(
        (inputs, (train.y.to_numpy() - mean) / scale),
        (held_out, (validation.y.to_numpy() - mean) / scale),
        None,
        hyperparameters,
        options,
    )
    network = Network(_layers(trained), scale, mean)
    return Fitted(pipeline, None, network, _in_unit(trained, mean, scale))


def learned(fitted: Fitted) -> Iterator[np.ndarray | str]:
    """Weights and biases, layer by layer."""
    if fitted.network is not None:
        for layer in fitted.network.layers:
            yield from layer


def _layers(trained: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    weights = trained.get_weights()
    return list(zip(weights[::2], weights[1::2], strict=True))


def _hold_back(train: Examples, seed: int) -> tuple[Examples, Examples]:
    order = np.random.default_rng(seed).permutation(len(train.y))
    held, kept = np.split(order, [max(1, round(len(order) * _HELD_BACK))])

    def rows(positions: np.ndarray) -> Examples:
        return Examples(train.X.iloc[positions], train.y.iloc[positions])

    # Every class must be learned: a fold too small for that trains on all it has.
    if pd.Series(train.y.iloc[kept]).nunique() < train.y.nunique() <= len(held):
        return train, rows(held)
    return rows(kept), rows(held)


def _import_keras() -> Any:
    """Keras on TensorFlow; its notes, written past Python to file descriptor 2, are dropped."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # oneDNN sums in an order that depends on the processor.
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    if "tensorflow" not in sys.modules:
        kept = os.dup(2)
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            try:
                import tensorflow  # noqa: F401
            finally:
                os.dup2(kept, 2)
                os.close(kept)
    import keras

    return keras


def _keras(seed: int) -> Any:
    """Keras on TensorFlow, made deterministic: one thread, fixed seeds, ordered sums."""
    keras = _import_keras()
    import tensorflow as tf

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError as error:
        if tf.config.threading.get_intra_op_parallelism_threads() != 1:
            raise RuntimeError("TensorFlow already runs with several threads") from error
    return keras


def _train(
    train: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray],
    classes: int | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> Any:
    keras = _keras(options.seed)
    stack = [keras.Input(shape=(train[0].shape[1],))]
    for _ in range(int(hyperparameters["layers"])):
        stack.append(keras.layers.Dense(int(hyperparameters["units"]), activation="relu"))
        stack.append(keras.layers.Dropout(float(hyperparameters["dropout"])))
    stack.append(keras.layers.Dense(classes or 1, activation="softmax" if classes else None))
    network = keras.Sequential(stack)
    network.compile(
        optimizer=keras.optimizers.Adam(float(hyperparameters["learning_rate"])),
        loss="sparse_categorical_crossentropy" if classes else "mse",
    )
    callbacks = [
        keras.callbacks.EarlyStopping(
            patience=int(hyperparameters["patience"]), restore_best_weights=True
        )
    ]
    if options.on_epoch is not None:
        callbacks.append(keras.callbacks.LambdaCallback(on_epoch_end=options.on_epoch))
    network.fit(
        *train,
        validation_data=held_out if len(held_out[0]) else train,
        epochs=int(hyperparameters["epochs"]),
        batch_size=int(hyperparameters["batch_size"]),
        callbacks=callbacks,
        verbose=0,
    )
    return network


def _in_unit(network: Any, mean: float, scale: float) -> Any:
    keras = _import_keras()
    return keras.Sequential([network, keras.layers.Rescaling(scale, offset=mean)])


FAMILY = Family(
    name="nn",
    title="Neural network",
    hyperparameters={
        "layers": Hyperparameter(2, 0, 20, "hidden layers", (1, 3), grid=(1, 2)),
        "units": Hyperparameter(128, 1, 10_000, "units of a hidden layer", (32, 256), True, (64, 128)),
        "dropout": Hyperparameter(0.1, 0.0, 0.9, "share of units left out", (0.0, 0.4), grid=(0.1,)),
        "learning_rate": Hyperparameter(
            0.001, 1e-8, 1.0, "step size of Adam", (3e-4, 1e-2), True, (0.001, 0.003)
        ),
        "batch_size": Hyperparameter(128, 1, 1_000_000, "rows a step", (32, 256), True, (128,)),
        "epochs": Hyperparameter(200, 1, 100_000, "passes over the rows at most"),
        "patience": Hyperparameter(15, 1, 100_000, "passes without a gain before stopping"),
    },
    fit=fit,
    learned=learned,
)
