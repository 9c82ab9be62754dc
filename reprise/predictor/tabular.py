"""Models of raw rows: a table in, numbers or probabilities out."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .background import Background
from .blas import single_threaded
from .conformal import Conformal
from .explaining import Explainer, explainer_of
from .kinds import ColumnKind, plain_features
from .mlp import Network
from .not_offered import NotOffered
from .reasons import Attribution, Reasons, of_label, of_number


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

    def reasons(self, table: pd.DataFrame) -> Reasons:
        """What each raw column contributes to the predictions for raw rows.

        Raises ValueError where the model cannot say.
        """
        rows = self.plain(table)
        return self.reasons_of(rows, self.outputs_of(rows))

    def reasons_of(self, rows: pd.DataFrame, outputs: np.ndarray) -> Reasons:
        """The same for rows in plain form, whose outputs are known."""
        found = self.attribution_of(rows)
        if self.classes is None:
            return of_number(list(self.kinds), found)
        return of_label(list(self.kinds), found, np.argmax(outputs, axis=1))

    @property
    def work_of_reasons(self) -> float:
        """About how many operations it takes to explain a row.

        Raises NotOffered where the model cannot say what moves its predictions.
        """
        raise NotOffered(f"reasons need a model that keeps what they take: {type(self).__name__}")

    def attribution_of(self, rows: pd.DataFrame) -> Attribution:
        """What each raw column contributes to the outputs for rows in plain form."""
        raise NotOffered(f"reasons need a model that keeps what they take: {type(self).__name__}")


class PipelineModel(TabularModel):
    """One fitted model: `pipeline` turns raw rows into numbers or predictions.

    `network` takes the numbers where the family is a network; elsewhere the pipeline ends in an
    estimator of its own. Predictions are explained against the `background`, but for trees.
    """

    def __init__(
        self,
        pipeline: Any,
        kinds: dict[str, ColumnKind],
        classes: list[Any] | None = None,
        network: Network | None = None,
        background: Background | None = None,
    ) -> None:
        super().__init__(kinds, classes)
        self.pipeline = pipeline
        self.network = network
        self.background = background

    def outputs_of(self, rows: pd.DataFrame) -> np.ndarray:
        """Numbers or probabilities for rows in plain form, BLAS on one thread."""
        with single_threaded():
            if self.network is not None:
                found = self.network.predict(np.asarray(self._features.transform(rows)))
            else:
                found = self._estimate(self._features.transform(rows))
        return np.asarray(found, dtype="float64")

    def attribution_of(self, rows: pd.DataFrame) -> Attribution:
        """What each raw column contributes to the outputs for rows in plain form."""
        with single_threaded():
            return self._explainer.attribution(np.asarray(self._features.transform(rows)))

    @property
    def work_of_reasons(self) -> float:
        """About how many operations it takes to explain a row; NotOffered where it cannot be."""
        return self._explainer.work

    @cached_property
    def _features(self) -> Any:
        return self.pipeline if self.network is not None else self.pipeline[:-1]

    @cached_property
    def _explainer(self) -> Explainer:
        learned = self.pipeline[-1] if self.network is None else self.network
        steps = [step for _, step in self._features.steps]
        classes = None if self.classes is None else len(self.classes)
        return explainer_of(
            steps, learned, self._estimate_plain, self.background, list(self.kinds), classes
        )

    def _estimate_plain(self, inputs: np.ndarray) -> np.ndarray:
        names = getattr(self.pipeline[-1], "feature_names_in_", None)
        return self._estimate(inputs if names is None else pd.DataFrame(inputs, columns=names))

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
