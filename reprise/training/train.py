"""Fit one family on a prepared table and measure it on train and validation rows."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reprise.data.digests import digest_arrays
from reprise.data.prepared_table import LearningRows, Part
from reprise.data.reference import Reference, reference_of
from reprise.errors import RepriseError
from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import Prediction, predict
from reprise.models.family import Examples, Family, FitOptions, Fitted
from reprise.predictor import TabularModel
from reprise.runtime.progress import Advance, Report, silent
from reprise.training.recipe import Recipe, digest_recipes


@dataclass(frozen=True)
class Trained:
    """A fitted model with what is known of it; metrics are named <part>_<metric>."""

    family: Family
    hyperparameters: dict[str, int | float]
    fitted: Fitted
    model: TabularModel
    validation: Part
    prediction: Prediction
    metrics: dict[str, float]
    seconds: float
    seed: int
    reference: Reference
    curves: dict[str, list[float]] = field(default_factory=dict)

    @property
    def digests(self) -> dict[str, str]:
        """Digests of the validation predictions, of the model (those and its parameters), and of
        its recipe."""
        return {
            "predictions": digest_arrays([self.prediction.numbers]),
            "model": digest_model(self.family, self.fitted, self.prediction.numbers),
            "recipe": digest_recipes([self.recipe]),
        }

    @property
    def recipe(self) -> Recipe:
        """How it was fitted; a network's epochs are those that were best."""
        settled = {**self.hyperparameters, **self.fitted.settled}
        return Recipe(self.family.name, settled, self.seed)


def train(
    family: Family,
    rows: LearningRows,
    hyperparameters: Mapping[str, int | float],
    seed: int,
    threads: int,
    fixed: bool = False,
    report: Report = silent,
) -> Trained:
    """Fit `family` on the train rows; validation rows stop networks and boosting early.

    `hyperparameters` may leave some out: those keep their defaults. With `fixed` what the family
    would settle by validation rows is taken from them as well. The result is the same for any
    number of `threads`.
    """
    schema, learning, validation = rows.schema, rows.train, rows.validation
    chosen = {**family.defaults, **hyperparameters}
    curves: dict[str, list[float]] = {}

    def record(epoch: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            curves.setdefault(name, []).append(float(value))
        note = f"best val_loss {min(curves['val_loss']):.4g}" if "val_loss" in curves else ""
        report(Advance("epochs", epoch + 1, int(chosen["epochs"]), note, at_most=True))

    started = time.perf_counter()
    fitted = fit_or_explain(
        family,
        schema.task,
        Examples(learning.X, learning.y),
        Examples(validation.X, validation.y),
        chosen,
        FitOptions(seed, threads, record, fixed),
    )
    seconds = time.perf_counter() - started
    chosen |= fitted.settled
    model = fitted.model(schema.kinds)
    prediction = predict(model, validation.X)
    check_finite(prediction, family, chosen)
    metrics = {
        **_named("train", evaluate(schema.task, learning.y, predict(model, learning.X))),
        **_named("validation", evaluate(schema.task, validation.y, prediction)),
    }
    known = reference_of(schema, [learning])
    return Trained(
        family, chosen, fitted, model, validation, prediction, metrics, seconds, seed, known, curves
    )


def check_finite(
    prediction: Prediction, family: Family, hyperparameters: Mapping[str, int | float]
) -> None:
    """Raise RepriseError where a fit predicts NaN or infinity."""
    if not np.isfinite(prediction.numbers).all():
        raise RepriseError(
            f"predictions must be finite, got NaN or infinity from {family.name} with "
            f"{_listed(hyperparameters)}: choose milder hyperparameters"
        )


def digest_model(family: Family, fitted: Fitted, outputs: np.ndarray) -> str:
    """Digest of a fitted model: its outputs on the validation part, and what it has learned."""
    return digest_arrays([digest_arrays([outputs]), digest_arrays(family.learned(fitted))])


def fit_or_explain(
    family: Family,
    task: str,
    train: Examples,
    validation: Examples | None,
    hyperparameters: Mapping[str, int | float],
    options: FitOptions,
) -> Fitted:
    """`family.fit`; a library's ValueError becomes a RepriseError that names the parameters."""
    try:
        return family.fit(task, train, validation, hyperparameters, options)  # type: ignore[arg-type]
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(
            f"{family.name} could not be fitted with {_listed(hyperparameters)} ({reason}): "
            "change the hyperparameters or the table"
        ) from error


def _listed(hyperparameters: Mapping[str, int | float]) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in hyperparameters.items())


def _named(part: str, metrics: dict[str, float]) -> dict[str, float]:
    return {f"{part}_{name}": value for name, value in metrics.items()}
