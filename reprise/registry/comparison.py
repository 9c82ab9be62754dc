"""Challenger and champion on the same rows: the paired bootstrap that decides who is better."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.entities.model_registry import ModelVersion

from reprise.errors import RepriseError
from reprise.evaluation import Prediction, evaluate, metrics_of, predict
from reprise.intervals import Interval, resample
from reprise.lineage.artifacts import local_artifact
from reprise.lineage.uris import parse_run_uri
from reprise.predictor import TabularModel
from reprise.registry.candidates import Tested
from reprise.table import ARTIFACT, Part, PreparedTable, digest_of

# Fewer rows than these say nothing about which model is better.
_FEWEST_ROWS = 20
_LEARNED_FROM = ("train", "validation")


@dataclass(frozen=True)
class Comparison:
    """A challenger beside the champion on `rows` of the `of` rows of the test part.

    `interval` is that of the difference, challenger minus champion, over 95% of the resamples.
    """

    champion: str
    metric: str
    challenger_value: float
    champion_value: float
    interval: Interval
    rows: int
    of: int

    @property
    def difference(self) -> float:
        """Challenger minus champion."""
        return self.challenger_value - self.champion_value

    @property
    def better(self) -> bool:
        """Whether the whole interval lies on the challenger's side."""
        larger = metrics_of("regression") | metrics_of("classification")
        return self.interval.low > 0 if larger[self.metric] else self.interval.high < 0

    @property
    def metrics(self) -> dict[str, float]:
        """What the registering run records of it."""
        values = {
            f"champion_test_{self.metric}": self.champion_value,
            "champion_difference": self.difference,
            "champion_difference_low": self.interval.low,
            "champion_difference_high": self.interval.high,
            "champion_compared_rows": float(self.rows),
        }
        return {name: value for name, value in values.items() if np.isfinite(value)}

    def __str__(self) -> str:
        unseen = f"the {self.rows} of {self.of} test rows that the champion has not learned from"
        where = f"{self.of} test rows" if self.rows == self.of else unseen
        return (
            f"test_{self.metric} {self.challenger_value:.6g} against {self.champion_value:.6g} of "
            f"version {self.champion}, difference {self.difference:.4g} (95% interval "
            f"{self.interval.low:.4g} to {self.interval.high:.4g}, paired bootstrap on {where})"
        )


class NotComparable(Exception):
    """Why a champion cannot be compared with a challenger; the text says it."""


def compare(
    champion: ModelVersion, table: PreparedTable, tested: Tested, metric: str
) -> Comparison:
    """Compare a tested challenger with the champion, on test rows that neither has learned from.

    Raises NotComparable where the champion was made for another table, cannot be loaded, or has
    learned from the test rows, or nobody can tell whether it has.
    """
    model = _load_for(champion, table)
    unseen = _unseen_rows(champion, table, len(tested.part.y))
    if unseen.sum() < _FEWEST_ROWS:
        raise NotComparable(
            f"it has learned from all but {unseen.sum()} of the {len(unseen)} test rows, fewer "
            f"than {_FEWEST_ROWS} to compare on: keep the seed, or use promote=always"
        )
    part = Part(tested.part.X[unseen], tested.part.y[unseen].reset_index(drop=True))
    theirs, ours = predict(model, part.X), _only(tested.prediction, unseen)
    task = table.schema.task
    value, champions = (evaluate(task, part.y, side).get(metric, np.nan) for side in (ours, theirs))
    resampled = [resample(task, part.y, side)[metric] for side in (ours, theirs)]
    return Comparison(
        str(champion.version),
        metric,
        challenger_value=value,
        champion_value=champions,
        interval=Interval.of(resampled[0] - resampled[1]),
        rows=int(unseen.sum()),
        of=len(unseen),
    )


def _load_for(champion: ModelVersion, table: PreparedTable) -> TabularModel:
    """The champion's model; NotComparable where it is for other columns or another target."""
    schema = table.schema
    try:
        loaded = mlflow.pyfunc.load_model(f"models:/{champion.name}/{champion.version}")
        model = loaded.unwrap_python_model().model
        known: dict[str, Any] = loaded.metadata.metadata or {}
        kinds = dict(model.kinds)
    except Exception as error:  # whatever a damaged or foreign model raises
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise NotComparable(f"it cannot be loaded ({reason})") from None
    for what, theirs, ours in (
        ("target", known.get("target"), schema.target),
        ("task", known.get("task"), schema.task),
    ):
        if theirs != ours:
            raise NotComparable(
                f"it was made for another table ({what} '{theirs}', here '{ours}'): "
                "give each table a model_name"
            )
    if kinds != schema.kinds:
        differing = sorted(dict(kinds.items() ^ schema.kinds.items()))
        names = ", ".join(f"'{name}'" for name in differing[:5])
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        raise NotComparable(
            f"it was made for another table (the columns {names}{more} differ): "
            "give each table a model_name"
        )
    return model


def _unseen_rows(champion: ModelVersion, table: PreparedTable, rows: int) -> np.ndarray:
    """Test rows that are not, by value, among those that the champion has learned from."""
    from reprise.lineage.rows import rows_among

    if champion.tags.get("reprise.digest.table") == digest_of(table.schema):
        return np.ones(rows, dtype=bool)
    try:
        run = mlflow.get_run(parse_run_uri(champion.tags.get("reprise.table", ""))[0])
        folder: Path = local_artifact(run, ARTIFACT)
        learned = [folder / f"{part}.parquet" for part in _LEARNED_FROM]
        return ~rows_among(table.folder / "test.parquet", learned)
    except (RepriseError, mlflow.MlflowException, OSError):
        raise NotComparable(
            "it learned from another split of the data, whose table is gone, so that nobody can "
            "tell which test rows it knows: use promote=always"
        ) from None


def _only(prediction: Prediction, rows: np.ndarray) -> Prediction:
    probabilities = prediction.probabilities
    chosen = None if probabilities is None else probabilities[rows]
    return Prediction(prediction.values[rows], chosen, prediction.classes)
