"""The training of a Keras network: the same weights from the same rows on any number of cores."""

from typing import Any

import numpy as np
import pandas as pd

from reprise.models.class_weights import class_weights
from reprise.models.family import FitOptions, Hyperparameters


def trained_network(
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
    from reprise.models.keras_import import keras, tf

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
    from reprise.models.keras_import import keras

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
    from reprise.models.keras_import import keras, tf

    loss_of = (
        keras.losses.SparseCategoricalCrossentropy() if classes else keras.losses.MeanSquaredError()
    )
    optimizer = keras.optimizers.Adam(float(hyperparameters["learning_rate"]))
    optimizer.build(network.trainable_variables)
    inputs, target, weights = _tensors(train, classes, hyperparameters["class_weight"])
    others = None
    if held_out is not None:
        others = _tensors(held_out, classes, hyperparameters["class_weight"])
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
        return total / batches, loss_of(others[1], network(others[0], training=False), others[2])

    return epoch


def _tensors(
    rows: tuple[np.ndarray, np.ndarray], classes: int | None, class_weight: float
) -> tuple[Any, Any, Any]:
    """Inputs, target of shape (rows, 1), and weights of the rows."""
    from reprise.models.keras_import import tf

    inputs, labels = rows
    target = labels.reshape(-1, 1).astype("int64" if classes else "float32")
    weights = _row_weights(labels, class_weight)
    return tf.constant(inputs), tf.constant(target), tf.constant(weights)


def _row_weights(labels: np.ndarray, class_weight: float) -> np.ndarray:
    """Weights as float32 of shape (rows,)."""
    found = class_weights(pd.Series(labels), class_weight)
    return np.ones(len(labels), "float32") if found is None else found.astype("float32")
