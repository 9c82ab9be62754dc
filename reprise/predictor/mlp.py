"""What a Keras network has learned, as arrays with which NumPy predicts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Product = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Network:
    """A multi-layer perceptron as plain arrays: what a Keras network has learned.

    `layers` are (weights of shape (inputs, units), biases of shape (units,)), float32, with ReLU
    between them. A network of numbers ends in `outputs * scale + offset`, one of classes
    (scale None) in softmax. NumPy predicts with it: TensorFlow's last digits change with its
    threads and its oneDNN setting, and it takes seconds to import.
    """

    layers: list[tuple[np.ndarray, np.ndarray]]
    scale: float | None = None
    offset: float = 0.0

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs for float inputs of shape (rows, inputs): float64, (rows,) or (rows, classes)."""
        raw = self.scores(inputs)
        if self.scale is not None:
            return raw[:, 0]
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def scores(self, inputs: np.ndarray) -> np.ndarray:
        """Numbers in the target's unit (rows, 1), or what softmax takes (rows, classes)."""
        return self._scaled(self._forward(inputs, _row_by_row))

    def scores_together(self, inputs: np.ndarray) -> np.ndarray:
        """`scores`, faster, whose last digits depend on the number of rows."""
        return self._scaled(self._forward(inputs, np.matmul))

    def _scaled(self, raw: np.ndarray) -> np.ndarray:
        return raw if self.scale is None else raw * self.scale + self.offset

    def _forward(self, inputs: np.ndarray, product: Product) -> np.ndarray:
        values = inputs.astype("float32")
        for weights, biases in self.layers[:-1]:
            values = np.maximum(product(values, weights) + biases, 0.0)
        weights, biases = self.layers[-1]
        return (product(values, weights) + biases).astype("float64")

    def save(self, path: str | Path) -> None:
        """Write the arrays to an .npz file, without pickle."""
        arrays = {
            f"{kind}{n}": a
            for n, pair in enumerate(self.layers)
            for kind, a in zip("wb", pair, strict=True)
        }
        if self.scale is not None:
            arrays |= {"scale": np.array(self.scale), "offset": np.array(self.offset)}
        np.savez(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Network":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            count = sum(name.startswith("w") for name in arrays)
            layers = [(arrays[f"w{n}"], arrays[f"b{n}"]) for n in range(count)]
            if "scale" not in arrays:
                return cls(layers)
            return cls(layers, float(arrays["scale"]), float(arrays["offset"]))


def _row_by_row(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`rows @ weights`, each row by itself: in one product its last digits depend on the others."""
    return np.asarray((rows[:, np.newaxis, :] @ weights)[:, 0, :])
