"""A batch of new rows, read once from its start to its end, and what has changed in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.drift.change import Bars, Change
from reprise.data.drift.column_watch import ColumnWatch
from reprise.data.drift.distribution import Ordered
from reprise.data.drift.geometry import Geometry, Moments, correlation_gap
from reprise.data.drift.row_profile import RowProfile
from reprise.data.drift.two_sample import fisher
from reprise.data.row_stream import Batch, Rows
from reprise.errors import RepriseError
from reprise.evaluation.conditions import Condition
from reprise.evaluation.prediction import Prediction, as_prediction
from reprise.formatting import number, share
from reprise.inference.batch_scoring import Plan, ahead, read_labels, running_metrics
from reprise.inference.load import LoadedModel
from reprise.inference.outputs import outputs_of
from reprise.inference.watching.judgement import MEASURES, Finding, judge, verdict
from reprise.inference.watching.labelled_rows import LabelledRows, Measured, measured
from reprise.inference.watching.out_of_sample import OutOfSample, numbers_of
from reprise.predictor import WrongValue
from reprise.runtime.progress import Advance, Report, silent

# The form of watch.json; a later one that reads otherwise will have another number.
VERSION = 1


@dataclass(frozen=True)
class Watched:
    """What was found of a batch of `rows`: every finding, the gravest first.

    `bars` has how each column, and each number that the model predicts, was spread and is; `now`
    and `before` what predictions were worth, None where no target is known.
    """

    rows: int
    findings: Sequence[Finding]
    bars: Mapping[str, Bars]
    now: Measured | None
    before: Measured | None
    part: str | None

    @property
    def verdict(self) -> str:
        """OK, WARN or ALARM."""
        return verdict(self.findings)

    @property
    def moved(self) -> list[Finding]:
        """The findings that are not OK."""
        return [each for each in self.findings if each.level != "OK"]

    @property
    def sizes(self) -> dict[str, float]:
        """The largest size of each measure."""
        found: dict[str, float] = {}
        for each in self.findings:
            name = each.change.measure
            found[name] = max(found.get(name, -np.inf), each.change.size)
        return found

    def to_json(self) -> dict[str, Any]:
        """As JSON values: the same for the same rows, model, gate and alpha."""
        sides = {"now": self.now, "before": self.before}
        return {
            "watch": VERSION,
            "verdict": self.verdict,
            "rows": self.rows,
            "compared_with": self.part,
            "findings": [each.to_json() for each in self.findings],
            "predictions": {k: None if v is None else v.to_json() for k, v in sides.items()},
            "distributions": {
                name: {"bins": bars.names, "before": bars.before, "now": bars.now}
                for name, bars in self.bars.items()
            },
        }


def profile_of(loaded: LoadedModel) -> RowProfile:
    """What the rows that a model learned from are like; RepriseError where it does not know."""
    if loaded.reference is None or loaded.reference.profile is None:
        raise RepriseError(
            f"model must know what its rows were like, got '{loaded.uri}', which an earlier "
            "version of this project made: register it again"
        )
    return loaded.reference.profile


def watch(
    loaded: LoadedModel,
    rows: Rows,
    plan: Plan,
    before: OutOfSample | None,
    conditions: Sequence[Condition],
    alpha: float,
    report: Report = silent,
) -> Watched:
    """Hold every row against the model's own; memory does not grow with the table.

    Values of another kind count as missing where the model predicts. Raises RepriseError for a
    table without rows.
    """
    batch = _BatchOfRows(loaded, plan, before)
    for each, X, wrong in ahead(_readable(rows, plan)):
        batch.add(each, X, wrong)
        report(Advance("rows watched", batch.rows))
    if not batch.rows:
        raise RepriseError("data must have rows, got none: give a table with rows")
    return batch.judged(conditions, alpha)


def _readable(
    rows: Rows, plan: Plan
) -> Iterator[tuple[Batch, pd.DataFrame, Mapping[str, np.ndarray | None]]]:
    for batch in rows.read(plan.wanted):
        read = {name: batch.readable(name, kind)[1] for name, kind in plan.kinds.items()}
        X = pd.DataFrame({name: values for name, (values, _) in read.items()})
        yield batch, X, {name: wrong for name, (_, wrong) in read.items()}


class _BatchOfRows:
    """Everything that is counted of the rows so far."""

    def __init__(self, loaded: LoadedModel, plan: Plan, before: OutOfSample | None) -> None:
        known = profile_of(loaded)
        self._model, self._plan, self._before = loaded.model, plan, before
        self._columns = {name: ColumnWatch(name, each) for name, each in known.columns.items()}
        self._geometry, self._far = known.geometry, 0
        self._moments = Moments(len(known.geometry.columns))
        spreads = {} if before is None else _spreads(before.prediction)
        self._predicted = {name: (each, np.zeros(0, "int64")) for name, each in spreads.items()}
        roles = {name: each.role for name, each in known.columns.items()}
        self._labelled = LabelledRows(loaded.task, roles, running_metrics(loaded.model))
        self._task = loaded.task
        self.rows = 0

    def add(self, batch: Batch, X: pd.DataFrame, wrong: Mapping[str, np.ndarray | None]) -> None:
        """Take in more rows."""
        try:
            prediction = as_prediction(outputs_of(self._model, X), self._model.classes)
        except WrongValue as error:
            raise batch.wrong(error) from None
        for name, column in self._columns.items():
            column.add(X[name], wrong[name])
        if self._geometry.columns:
            scores = self._geometry.scores(X)
            self._moments.add(scores)
            self._far += int(self._geometry.are_far(scores).sum())
        numbers = numbers_of(prediction)
        for name, (spread, counts) in self._predicted.items():
            found = spread.count(numbers[name])
            self._predicted[name] = spread, found + counts if len(counts) else found
        for name, kind in self._plan.target.items():
            y = read_labels(batch, name, kind, self._model.classes)
            self._labelled.add(X, y, prediction)
        self.rows += len(X)

    def judged(self, conditions: Sequence[Condition], alpha: float) -> Watched:
        """What all of it comes to."""
        on_metrics = [each for each in conditions if each.metric not in MEASURES]
        changes = [change for column in self._columns.values() for change in column.changes()]
        changes += _relations(self._geometry, self._moments)
        changes += self._novel() + self._predictions()
        changes += self._labelled.changes(self._before, on_metrics)
        bars = {name: column.bars() for name, column in self._columns.items()}
        bars |= {name: _bars(*each) for name, each in self._predicted.items()}
        before = self._before
        is_held = before is not None and self._labelled.known
        then = measured(self._task, before.y, before.prediction) if before and is_held else None
        return Watched(
            self.rows,
            judge(changes, conditions, alpha),
            {name: each for name, each in bars.items() if each.names},
            self._labelled.measured(),
            then,
            None if before is None else before.part,
        )

    def _novel(self) -> list[Change]:
        known = self._geometry
        if not known.columns:
            return []
        chance = fisher(known.beyond, known.rows, self._far, self.rows, greater=True)
        shares = known.beyond / known.rows, self._far / self.rows
        said = (f"{share(each)} of the rows" for each in shares)
        return [Change("novel", (), shares[1], chance, *said)]

    def _predictions(self) -> list[Change]:
        found = []
        for name, (spread, counts) in self._predicted.items():
            gap = spread.gap(counts)
            middles = (_median(spread, each) for each in (np.asarray(spread.counts), counts))
            said = (f"median {number(middle)}" for middle in middles)
            found.append(Change("predictions", (name,), gap.size, gap.chance, *said))
        return found


def _spreads(prediction: Prediction) -> dict[str, Ordered]:
    known = {name: Ordered.of(numbers) for name, numbers in numbers_of(prediction).items()}
    return {name: spread for name, spread in known.items() if spread is not None}


def _relations(geometry: Geometry, moments: Moments) -> list[Change]:
    places = {name: place for place, name in enumerate(geometry.columns)}
    found = []
    for pair in geometry.pairs:
        now, rows = moments.correlation(places[pair.first], places[pair.second])
        if not np.isfinite(now):
            continue
        size, chance = correlation_gap(pair, now, rows)
        said = f"correlation {pair.correlation:.2f}", f"correlation {now:.2f}"
        found.append(Change("relation", (pair.first, pair.second), size, chance, *said))
    return found


def _median(spread: Ordered, counts: np.ndarray) -> float:
    """The end of the bin in which the middle value is."""
    place = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    return spread.edges[min(place, len(spread.edges) - 1)]


def _bars(spread: Ordered, counts: np.ndarray) -> Bars:
    known = np.asarray(spread.counts)
    shares = (known / known.sum()).round(6), (counts / max(1, counts.sum())).round(6)
    return Bars(spread.labels, shares[0].tolist(), shares[1].tolist())
