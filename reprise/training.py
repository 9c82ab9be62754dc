"""Fit one family on a prepared table and measure it on train and validation rows."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reprise.advance import Advance, Report, silent
from reprise.errors import RepriseError
from reprise.evaluation import Prediction, evaluate, predict
from reprise.lineage.digests import digest_arrays
from reprise.models.family import Examples, Family, FitOptions, Fitted
from reprise.predictor import TabularModel
from reprise.table import Part, PreparedTable


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
    curves: dict[str, list[float]] = field(default_factory=dict)

    @property
    def digests(self) -> dict[str, str]:
        """Digests of the validation predictions, and of the model: those and its parameters."""
        predictions = digest_arrays([self.prediction.numbers])
        learned = digest_arrays(self.family.learned(self.fitted))
        return {"predictions": predictions, "model": digest_arrays([predictions, learned])}


def train(
    family: Family,
    table: PreparedTable,
    hyperparameters: Mapping[str, int | float],
    seed: int,
    threads: int,
    report: Report = silent,
) -> Trained:
    """Fit `family` on the train rows; validation rows choose the epoch of networks.

    `hyperparameters` may leave some out: those keep their defaults. The result is the same for
    any number of `threads`.
    """
    schema = table.schema
    chosen = {**family.defaults, **hyperparameters}
    learning, validation = table.read("train"), table.read("validation")
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
        FitOptions(seed, threads, record),
    )
    seconds = time.perf_counter() - started
    model = fitted.model(schema.kinds)
    prediction = predict(model, validation.X)
    if not np.isfinite(prediction.numbers).all():
        raise RepriseError(
            f"predictions must be finite, got NaN or infinity from {family.name} with "
            f"{_listed(chosen)}: choose milder hyperparameters"
        )
    metrics = {
        **_named("train", evaluate(schema.task, learning.y, predict(model, learning.X))),
        **_named("validation", evaluate(schema.task, validation.y, prediction)),
    }
    return Trained(family, chosen, fitted, model, validation, prediction, metrics, seconds, curves)


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
