"""Challenger and champion on the same rows: the paired bootstrap that decides who is better."""

from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
from mlflow.entities.model_registry import ModelVersion

from reprise.data.prepared_table import Part, PreparedTable, digest_of
from reprise.errors import RepriseError
from reprise.evaluation.bootstrap import Interval, resample
from reprise.evaluation.metrics import evaluate, larger_is_better
from reprise.evaluation.prediction import predict
from reprise.formatting import listed
from reprise.inference.load import unwrapped
from reprise.predictor import TabularModel
from reprise.provenance.model_files import held_version
from reprise.tracking.artifacts import local_artifact
from reprise.tracking.contract import TABLE, TABLE_DIGEST_TAG, TABLE_TAG
from reprise.tracking.uris import parse_run_uri
from reprise.training.candidates import Tested

# Fewer rows than these say nothing about which model is better.
_FEWEST_ROWS = 20
_LEARNED_FROM = ("train", "validation")


@dataclass(frozen=True)
class Comparison:
    """A challenger beside the champion on `rows` of the `of` rows of the test part.

    `interval` is that of the difference, challenger minus champion, over 95% of the resamples;
    `note` says where nobody can tell whether the champion's files are those that its run left.
    """

    champion: str
    metric: str
    challenger_value: float
    champion_value: float
    interval: Interval
    rows: int
    of: int
    note: str = ""

    @property
    def difference(self) -> float:
        """Challenger minus champion."""
        return self.challenger_value - self.champion_value

    @property
    def better(self) -> bool:
        """Whether the whole interval lies on the challenger's side."""
        low, high = self.interval.low, self.interval.high
        return low > 0 if larger_is_better(self.metric) else high < 0

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
            f"{self.note}"
        )


class NotComparable(Exception):
    """Why a champion cannot be compared with a challenger; the text says it."""


def compare(
    champion: ModelVersion, table: PreparedTable, tested: Tested, metric: str
) -> Comparison:
    """Compare a tested challenger with the champion, on test rows that neither has learned from.

    Raises NotComparable where the champion was made for another table, cannot be loaded, has other
    files than its run has sealed, or has learned from the test rows, or nobody can tell whether it
    has.
    """
    model, note = _load_for(champion, table)
    unseen = _unseen_rows(champion, table, len(tested.part.y))
    if unseen.sum() < _FEWEST_ROWS:
        raise NotComparable(
            f"it has learned from all but {unseen.sum()} of the {len(unseen)} test rows, fewer "
            f"than {_FEWEST_ROWS} to compare on: keep the seed, or use promote=always"
        )
    part = Part(tested.part.X[unseen], tested.part.y[unseen].reset_index(drop=True))
    theirs, ours = predict(model, part.X), tested.prediction.at(unseen)
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
        note=note,
    )


def _load_for(champion: ModelVersion, table: PreparedTable) -> tuple[TabularModel, str]:
    """The champion's model, and a note where its files have no seal.

    Raises NotComparable where its files are not as they were sealed, or it is for other columns or
    another target.
    """
    schema = table.schema
    try:
        files, found = held_version(champion)
        if found.wrong:
            raise NotComparable(
                f"its files are not those of run {found.run_id} ({listed(found.wrong)}): register "
                "that run again, or use promote=always"
            )
        model, stored = unwrapped(str(files.folder))
        known, kinds = stored.metadata or {}, dict(model.kinds)
    except NotComparable:
        raise
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
        names = listed([f"'{name}'" for name in differing])
        raise NotComparable(
            f"it was made for another table (the columns {names} differ): "
            "give each table a model_name"
        )
    return model, f"; its files are taken as they are: {found.unsealed}" if found.unsealed else ""


def _unseen_rows(champion: ModelVersion, table: PreparedTable, rows: int) -> np.ndarray:
    """Test rows that are not, by value, among those that the champion has learned from."""
    from reprise.data.row_diff import rows_among

    if champion.tags.get(TABLE_DIGEST_TAG) == digest_of(table.schema):
        return np.ones(rows, dtype=bool)
    try:
        run = mlflow.get_run(parse_run_uri(champion.tags.get(TABLE_TAG, ""))[0])
        folder: Path = local_artifact(run, TABLE)
        learned = [folder / f"{part}.parquet" for part in _LEARNED_FROM]
        return ~rows_among(table.folder / "test.parquet", learned)
    except (RepriseError, mlflow.MlflowException, OSError):
        raise NotComparable(
            "it learned from another split of the data, whose table is gone, so that nobody can "
            "tell which test rows it knows: use promote=always"
        ) from None
