"""Metrics of predictions that come in batches, without keeping them in memory."""

from abc import ABC, abstractmethod
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.metrics import roc_auc_score

from reprise.data.spill import Spill
from reprise.evaluation.metrics import log_losses
from reprise.evaluation.prediction import Prediction


class Running(ABC):
    """Takes batch after batch of actual values and predictions; rows without a value are left out.

    The results are those of `evaluate` on all rows together, up to the order of sums.
    """

    rows = 0

    def add(self, y: pd.Series, prediction: Prediction) -> None:
        """Take in a batch."""
        known = y.notna().to_numpy()
        self.rows += int(known.sum())
        self._add(y[known].to_numpy(), prediction.at(known))

    def metrics(self) -> dict[str, float]:
        """The metrics so far; one that the rows leave undefined is not in the result."""
        values = self._metrics() if self.rows else {}
        return {name: float(value) for name, value in values.items() if np.isfinite(value)}

    @abstractmethod
    def _add(self, y: np.ndarray, prediction: Prediction) -> None: ...

    @abstractmethod
    def _metrics(self) -> dict[str, float]: ...


class RunningRegression(Running):
    """rmse, mae and r2, from sums; the spread of the target as Chan et al. (1983) join it."""

    def __init__(self) -> None:
        self._squared = self._absolute = 0.0
        self._counted, self._mean, self._spread = 0, 0.0, 0.0

    def _add(self, y: np.ndarray, prediction: Prediction) -> None:
        if not len(y):
            return
        errors = y - prediction.values
        self._squared += float(errors @ errors)
        self._absolute += float(np.abs(errors).sum())
        count, mean = len(y), float(y.mean())
        off, total = mean - self._mean, self._counted + count
        self._spread += float(((y - mean) ** 2).sum()) + off**2 * self._counted * count / total
        self._mean += off * count / total
        self._counted = total

    def _metrics(self) -> dict[str, float]:
        defined = self.rows > 1 and self._spread > 0
        return {
            "rmse": (self._squared / self.rows) ** 0.5,
            "mae": self._absolute / self.rows,
            "r2": 1 - self._squared / self._spread if defined else np.nan,
        }


class RunningClassification(Running):
    """log_loss, accuracy and f1 from counts; roc_auc from scores on disk, one class at a time."""

    def __init__(self, classes: list[Any]) -> None:
        self._classes = classes
        self._loss = 0.0
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._scores = Spill()

    def _add(self, y: np.ndarray, prediction: Prediction) -> None:
        if prediction.probabilities is None or not len(y):
            return
        self._loss += float(log_losses(y, prediction.probabilities, self._classes).sum())
        pairs = zip(y.astype(str).tolist(), prediction.values.astype(str).tolist(), strict=True)
        self._pairs.update(pairs)
        for position in self._positions:
            self._scores.append(("is", position), pa.array(y == self._classes[position]))
            self._scores.append(("p", position), pa.array(prediction.probabilities[:, position]))

    @property
    def _positions(self) -> range:
        return range(1, 2) if len(self._classes) == 2 else range(len(self._classes))

    def _metrics(self) -> dict[str, float]:
        right = sum(count for (ours, theirs), count in self._pairs.items() if ours == theirs)
        areas = [area for area in map(self._area, self._positions) if np.isfinite(area)]
        return {
            "log_loss": self._loss / self.rows,
            "accuracy": right / self.rows,
            "f1": self._f1(),
            "roc_auc": float(np.mean(areas)) if areas else np.nan,
        }

    def _f1(self) -> float:
        """Macro: the mean over classes, actual or predicted, of 2 hits / (actual + predicted)."""
        counts: Counter[str] = Counter()
        for (actual, predicted), count in self._pairs.items():
            counts[actual] += count
            counts[predicted] += count
        return float(
            np.mean([2 * self._pairs[label, label] / count for label, count in counts.items()])
        )

    def _area(self, position: int) -> float:
        actual, scores = (
            np.concatenate(
                [
                    block.to_numpy(zero_copy_only=False)
                    for block in self._scores.blocks((name, position))
                ]
            )
            for name in ("is", "p")
        )
        return float(roc_auc_score(actual, scores)) if 0 < actual.sum() < len(actual) else np.nan
