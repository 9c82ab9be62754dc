"""Predictions of rows whose target is known, held against those of the test part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.drift.change import Change
from reprise.data.schema import Task
from reprise.evaluation import classification_evidence, regression_evidence
from reprise.evaluation.bootstrap import Interval, resample
from reprise.evaluation.conditions import Condition
from reprise.evaluation.metrics import evaluate, larger_is_better, log_losses, metrics_of
from reprise.evaluation.prediction import ACTUAL, Prediction
from reprise.evaluation.segments import segments
from reprise.evaluation.streaming_metrics import Running
from reprise.formatting import metric as in_words
from reprise.formatting import number
from reprise.inference.watching.out_of_sample import OutOfSample

# What is kept for intervals and segments: every n-th row where there are more.
_MOST_ROWS, _MOST_VALUES = 50_000, 4_000_000


class Thinned:
    """Rows of frames that come one after another: all, or every n-th of more than `most`."""

    def __init__(self, most: int) -> None:
        self._most, self._step, self._seen = most, 1, 0
        self._blocks: list[pd.DataFrame] = []

    def add(self, frame: pd.DataFrame) -> None:
        """Take in more rows."""
        self._blocks.append(frame.iloc[-self._seen % self._step :: self._step])
        self._seen += len(frame)
        while sum(map(len, self._blocks)) > self._most:
            self._blocks = [self.rows().iloc[::2]]
            self._step *= 2

    def rows(self) -> pd.DataFrame:
        """The rows that are kept."""
        return pd.concat(self._blocks, ignore_index=True)


@dataclass(frozen=True)
class Measured:
    """Metrics with their intervals (rows bootstrapped), and what the predictions show."""

    rows: int
    metrics: Mapping[str, float]
    intervals: Mapping[str, Interval]
    evidence: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As JSON values; the evidence but for segments and calibration is for the page."""
        kept = {
            key: self.evidence[key] for key in ("segments", "calibration") if key in self.evidence
        }
        ends = {name: [each.low, each.high] for name, each in self.intervals.items()}
        return {"rows": self.rows, "metrics": dict(self.metrics), "intervals": ends, **kept}


class LabelledRows:
    """Takes in batches of rows with their targets, missing ones among them."""

    def __init__(self, task: Task, roles: Mapping[str, str], running: Running) -> None:
        self._task, self._roles, self._running = task, roles, running
        most = max(1, min(_MOST_ROWS, _MOST_VALUES // max(1, len(roles))))
        self._X, self._predicted = Thinned(most), Thinned(most)
        self._classes: list[Any] | None = None

    @property
    def known(self) -> int:
        """How many rows have a target."""
        return self._running.rows

    def add(self, X: pd.DataFrame, y: pd.Series, prediction: Prediction) -> None:
        """Take in more rows."""
        there = y.notna().to_numpy()
        self._running.add(y, prediction)
        self._classes = prediction.classes
        if there.any():
            self._X.add(X[there])
            self._predicted.add(prediction.at(there).to_frame(y[there]))

    def measured(self) -> Measured | None:
        """What is known of them; None where none has a target."""
        if not self.known:
            return None
        y, prediction = self._kept()
        found = measured(self._task, y, prediction)
        shown = {
            **found.evidence,
            "segments": segments(self._task, self._roles, self._X.rows(), y, prediction),
        }
        return Measured(self.known, self._running.metrics(), found.intervals, shown)

    def changes(self, before: OutOfSample | None, conditions: Sequence[Condition]) -> list[Change]:
        """Whether the model errs more than on the test part, and beyond the gate's limits."""
        if not self.known:
            return []
        y, prediction = self._kept()
        values = self._running.metrics()
        found = [] if before is None else [_worse(self._task, y, prediction, before)]
        resampled = resample(self._task, y, prediction) if conditions else {}
        for condition in conditions:
            name = condition.metric
            if name in values:
                found.append(_beyond(condition, values[name], resampled[name], self._task, before))
        return found

    def _kept(self) -> tuple[pd.Series, Prediction]:
        table = self._predicted.rows()
        return table[ACTUAL], Prediction.from_frame(table, self._classes)


def measured(task: Task, y: pd.Series, prediction: Prediction) -> Measured:
    """Metrics, intervals and evidence of predictions in memory."""
    of_task = regression_evidence if task == "regression" else classification_evidence
    intervals = {
        name: Interval.of(values) for name, values in resample(task, y, prediction).items()
    }
    known = {name: each for name, each in intervals.items() if np.isfinite(each.low)}
    return Measured(len(y), evaluate(task, y, prediction), known, of_task.evidence(y, prediction))


def _losses(task: Task, y: pd.Series, prediction: Prediction) -> np.ndarray:
    """What each row adds to the first metric of the task: its squared error, or its log loss."""
    if task == "regression":
        return np.asarray((y.to_numpy(dtype="float64") - prediction.values) ** 2)
    if prediction.probabilities is None or prediction.classes is None:
        raise ValueError("classes are predicted with probabilities")
    return log_losses(y.to_numpy(), prediction.probabilities, prediction.classes)


def _worse(task: Task, y: pd.Series, prediction: Prediction, before: OutOfSample) -> Change:
    """How much larger the first metric is than on the test part (Welch's test of the losses)."""
    from scipy.stats import ttest_ind_from_stats

    now, then = (
        _losses(task, y, prediction),
        _losses(task, before.y, before.prediction),
    )
    power = 0.5 if task == "regression" else 1.0
    values = [float(losses.mean()) ** power for losses in (then, now)]
    chance = 1.0
    if min(len(now), len(then)) > 1 and now.std() + then.std() > 0:
        sides = [(each.mean(), each.std(ddof=1), len(each)) for each in (now, then)]
        found = ttest_ind_from_stats(*sides[0], *sides[1], equal_var=False, alternative="greater")
        chance = float(found.pvalue)
    size = values[1] / max(values[0], float(np.finfo("float64").tiny)) - 1
    name = in_words(metrics_of(task)[0])
    said = f"{name} {number(values[0])} on the {before.part} part", f"{name} {number(values[1])}"
    return Change("worse", (), min(max(size, 0.0), 1e6), chance, *said)


def _beyond(
    condition: Condition,
    value: float,
    resampled: np.ndarray,
    task: Task,
    before: OutOfSample | None,
) -> Change:
    """A metric that the gate limits, with the chance that the limit is kept in truth."""
    from scipy.special import ndtr

    spread = float(np.nanstd(resampled))
    beyond = value - condition.bound
    off = -beyond if larger_is_better(condition.metric) else beyond
    chance = float(ndtr(-off / spread)) if spread > 0 else float(condition.holds(value))
    then = {} if before is None else evaluate(task, before.y, before.prediction)
    name = in_words(condition.metric)
    said = "unknown" if condition.metric not in then else number(then[condition.metric])
    return Change(condition.metric, (), value, chance, f"{name} {said}", f"{name} {number(value)}")
