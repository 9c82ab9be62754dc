"""Models of raw rows: a table in, numbers or probabilities out."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd

from .blas import single_threaded
from .conformal import Conformal
from .kinds import ColumnKind, plain_features
from .mlp import Network


class TabularModel(ABC):
    """A fitted model of raw rows with columns of these `kinds`.

    `classes` are the labels, None for regression; `conformal` says how far it may be off, None
    where nobody has measured it. A row has the same outputs, to the last bit, in
    any company.
    """

    conformal: Conformal | None = None

    def __init__(self, kinds: dict[str, ColumnKind], classes: list[Any] | None) -> None:
        self.kinds = kinds
        self.classes = classes

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """Predictions for raw rows, shape (rows,): float64, or labels of the training type."""
        outputs = self.outputs(table)
        return outputs if self.classes is None else labels_of(outputs, self.classes)

    def predict_proba(self, table: pd.DataFrame) -> np.ndarray:
        """Probabilities for raw rows, float64 of shape (rows, classes), as `classes` are."""
        if self.classes is None:
            raise ValueError("probabilities need classes: this is a model of a number")
        return self.outputs(table)

    def outputs(self, table: pd.DataFrame) -> np.ndarray:
        """Numbers (rows,), or probabilities (rows, classes), float64."""
        return self.outputs_of(self.plain(table))

    def plain(self, table: pd.DataFrame) -> pd.DataFrame:
        """The model's columns of raw rows, in plain form."""
        return plain_features(table, self.kinds)

    @abstractmethod
    def outputs_of(self, rows: pd.DataFrame) -> np.ndarray:
        """The same for rows that `plain_features` has made."""


class PipelineModel(TabularModel):
    """One fitted model: `pipeline` turns raw rows into numbers or predictions.

    `network` takes the numbers where the family is a network; elsewhere the pipeline ends in an
    estimator of its own.
    """

    def __init__(
        self,
        pipeline: Any,
        kinds: dict[str, ColumnKind],
        classes: list[Any] | None = None,
        network: Network | None = None,
    ) -> None:
        super().__init__(kinds, classes)
        self.pipeline = pipeline
        self.network = network

    def outputs_of(self, rows: pd.DataFrame) -> np.ndarray:
        """Numbers or probabilities for rows in plain form, BLAS on one thread."""
        with single_threaded():
            if self.network is not None:
                found = self.network.predict(np.asarray(self.pipeline.transform(rows)))
            else:
                found = self._estimate(self.pipeline[:-1].transform(rows))
        return np.asarray(found, dtype="float64")

    def _estimate(self, inputs: Any) -> np.ndarray:
        estimator = self.pipeline[-1]
        if hasattr(getattr(estimator, "regressor_", estimator), "coef_"):
            from scipy.sparse import csr_array

            # BLAS, which dense rows go through, sums a row otherwise in other company.
            inputs = csr_array(np.asarray(inputs, dtype="float64"))
        found = (
            estimator.predict(inputs) if self.classes is None else estimator.predict_proba(inputs)
        )
        return np.asarray(found)


def labels_of(probabilities: np.ndarray, classes: list[Any]) -> np.ndarray:
    """The most probable label of each row, shape (rows,), in its training type."""
    labels = np.array(classes, dtype=object if isinstance(classes[0], str) else None)
    return labels[np.argmax(probabilities, axis=1)]
