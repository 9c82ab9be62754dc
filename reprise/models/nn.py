"""A Keras multi-layer perceptron with early stopping."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

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
    class_weights,
    labels_of,
)
from reprise.predictor import Network
from reprise.schema import Task

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
        trained, epochs = _train(
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
    trained, epochs = _train(_scaled(train, mean, scale), held_out, None, hyperparameters, options)
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


def _train(
    train: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray] | None,
    classes: int | None,
    hyperparameters: Hyperparameters,
    options: FitOptions,
) -> tuple[Any, int]:
    """Train with Adam; return the Keras network of its best epoch, and which that was, from 1.

    Without held-out rows it is that of the last.
    """
    _deterministic(options.seed)
    network = _unfitted(train[0].shape[1], classes, hyperparameters)
    if held_out is not None and not len(held_out[0]):
        held_out = train
    epoch = _epoch(network, train, held_out, classes, hyperparameters)
    generator = np.random.default_rng(options.seed)
    epochs = int(hyperparameters["epochs"])
    best, best_weights, best_epoch = np.inf, network.get_weights(), 0
    for number in range(1, epochs + 1):
        loss, val_loss = (float(value) for value in epoch(generator.permutation(len(train[0]))))
        if held_out is None:
            continue
        if options.on_epoch is not None:
            options.on_epoch(number - 1, {"loss": loss, "val_loss": val_loss})
        if val_loss < best:
            best, best_weights, best_epoch = val_loss, network.get_weights(), number
        if number - best_epoch >= hyperparameters["patience"]:
            break
    if held_out is not None:
        network.set_weights(best_weights)
    return network, best_epoch or epochs


def _deterministic(seed: int) -> None:
    """One thread, fixed seeds, ordered sums: the same weights on any number of cores."""
    from reprise.models.tensorflow import keras, tf

    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError as error:
        if tf.config.threading.get_intra_op_parallelism_threads() != 1:
            raise RuntimeError("TensorFlow already runs with several threads") from error


def _unfitted(inputs: int, classes: int | None, hyperparameters: Hyperparameters) -> Any:
    from reprise.models.tensorflow import keras

    stack = [keras.Input(shape=(inputs,))]
    for _ in range(int(hyperparameters["layers"])):
        stack.append(keras.layers.Dense(int(hyperparameters["units"]), activation="relu"))
        stack.append(keras.layers.Dropout(float(hyperparameters["dropout"])))
    stack.append(keras.layers.Dense(classes or 1, activation="softmax" if classes else None))
    return keras.Sequential(stack)


def _epoch(
    network: Any,
    train: tuple[np.ndarray, np.ndarray],
    held_out: tuple[np.ndarray, np.ndarray] | None,
    classes: int | None,
    hyperparameters: Hyperparameters,
) -> Any:
    """A compiled pass over the rows in a given order, which returns (loss, held-out loss or 0).

    Keras' own `fit` spends 40 ms an epoch on setting up its data: most of the time on small
    tables. Rows that do not fill a last batch sit out one pass.
    """
    from reprise.models.tensorflow import keras, tf

    loss_of = (
        keras.losses.SparseCategoricalCrossentropy() if classes else keras.losses.MeanSquaredError()
    )
    optimizer = keras.optimizers.Adam(float(hyperparameters["learning_rate"]))
    optimizer.build(network.trainable_variables)
    kind = "int64" if classes else "float32"
    inputs, target = tf.constant(train[0]), tf.constant(train[1].reshape(-1, 1).astype(kind))
    others = None
    if held_out is not None:
        others = tf.constant(held_out[0]), tf.constant(held_out[1].reshape(-1, 1).astype(kind))
    weights, other_weights = (
        tf.constant(_row_weights(labels, hyperparameters["class_weight"]))
        for labels in (train[1], train[1] if held_out is None else held_out[1])
    )
    size = min(int(hyperparameters["batch_size"]), len(train[0]))
    batches = len(train[0]) // size

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def epoch(order: Any) -> Any:
        total = tf.constant(0.0)
        for batch in tf.range(batches):
            rows = order[batch * size : (batch + 1) * size]
            with tf.GradientTape() as tape:
                loss = loss_of(
                    tf.gather(target, rows),
                    network(tf.gather(inputs, rows), training=True),
                    tf.gather(weights, rows),
                )
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply(gradients, network.trainable_variables)
            total += loss
        if others is None:
            return total / batches, tf.constant(0.0)
        return total / batches, loss_of(
            others[1], network(others[0], training=False), other_weights
        )

    return epoch


def _row_weights(labels: np.ndarray, class_weight: float) -> np.ndarray:
    """Weights as float32 of shape (rows,)."""
    found = class_weights(pd.Series(labels), class_weight)
    return np.ones(len(labels), "float32") if found is None else found.astype("float32")


def _in_unit(network: Any, mean: float, scale: float) -> Any:
    from reprise.models.tensorflow import keras

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
