"""Every row of a table, predicted: reading, predicting and writing go on side by side."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from reprise.advance import Advance, Report, silent
from reprise.errors import RepriseError
from reprise.evaluation import Prediction, as_prediction
from reprise.loading import LoadedModel
from reprise.predictor import ColumnKind, TabularModel
from reprise.schema import find_column
from reprise.scoring.metrics import Running, RunningClassification, RunningRegression
from reprise.scoring.output import Output
from reprise.scoring.rows import Batch, Rows

PREDICTED = "predicted"
Item = TypeVar("Item")


@dataclass(frozen=True)
class Scored:
    """How many rows were predicted, and the metrics on those `known` that have a target."""

    rows: int
    known: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Plan:
    """Which columns of a table are used for what: features, the target, those that are kept."""

    kinds: Mapping[str, ColumnKind]
    target: Mapping[str, ColumnKind]
    kept: list[str]
    ignored: list[str]

    @property
    def wanted(self) -> list[str]:
        """The columns to read, each once."""
        return list(dict.fromkeys((*self.kinds, *self.target, *self.kept)))


def plan(loaded: LoadedModel, columns: list[str], keep: list[str]) -> Plan:
    """What to do with the columns of a table.

    Raises RepriseError that lists the features it has not, or names a kept column it has not.
    """
    model = loaded.model
    absent = [f"'{name}'" for name in model.kinds if name not in columns]
    if absent:
        raise RepriseError(
            f"data must have every column that the model knows, missing {', '.join(absent)}: "
            "add them (empty where unknown), or choose the model of this table"
        )
    kept = [find_column(columns, name, "keep") for name in keep]
    if taken := set(kept) & {PREDICTED, *_probability_columns(model)}:
        raise RepriseError(
            f"keep must not name a column of the output, got '{min(taken)}': rename it in the data"
        )
    target = {loaded.target: _target_kind(model)} if loaded.target in columns else {}
    used = {*model.kinds, *kept, *target}
    return Plan(model.kinds, target, kept, [name for name in columns if name not in used])


def score(
    loaded: LoadedModel, rows: Rows, plan: Plan, output: Output, report: Report = silent
) -> Scored:
    """Predict every row into `output`; memory does not grow with the table.

    The output has the kept columns, `predicted`, and for classes `probability of <label>` each.
    Raises RepriseError for a table without rows, or a value that its column must not have.
    """
    model, count = loaded.model, 0
    metrics = _running(model) if plan.target else None
    with ThreadPoolExecutor(1) as writer:
        pending = None
        for batch, X in _ahead(_read(rows, plan)):
            prediction = as_prediction(model.outputs_of(X), model.classes)
            if pending is not None:
                pending.result()
            pending = writer.submit(_deliver, batch, prediction, plan, output, metrics)
            count += len(X)
            report(Advance("rows scored", count))
        if pending is None:
            raise RepriseError("data must have rows, got none: give a table with rows")
        pending.result()
    return Scored(count, metrics.rows, metrics.metrics()) if metrics else Scored(count, 0, {})


def _read(rows: Rows, plan: Plan) -> Iterator[tuple[Batch, pd.DataFrame]]:
    for batch in rows.read(plan.wanted):
        yield batch, batch.plain(plan.kinds)


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, the next of them made in a thread while one is used."""
    nothing: Any = object()
    with ThreadPoolExecutor(1) as reader, closing(items):  # type: ignore[type-var]
        upcoming = reader.submit(next, items, nothing)
        while (item := upcoming.result()) is not nothing:
            upcoming = reader.submit(next, items, nothing)
            yield item


def _deliver(
    batch: Batch, prediction: Prediction, plan: Plan, output: Output, metrics: Running | None
) -> None:
    output.write(_result(batch.table.select(plan.kept), prediction))
    if metrics is not None:
        for name in plan.target:
            metrics.add(_labels(batch.plain(plan.target)[name], prediction.classes), prediction)


def _result(kept: pa.Table, prediction: Prediction) -> pa.Table:
    columns = dict(zip(kept.column_names, kept.columns, strict=True))
    columns[PREDICTED] = pa.array(prediction.values.tolist() if prediction.classes else
                                  prediction.values)  # fmt: skip
    for name, probabilities in probabilities_of(prediction).items():
        columns[name] = pa.array(probabilities)
    return pa.table(columns)


def probabilities_of(prediction: Prediction) -> dict[str, Any]:
    """The column of each class's probabilities by its name in the output; none for numbers."""
    if prediction.probabilities is None or prediction.classes is None:
        return {}
    names = [f"probability of {label}" for label in prediction.classes]
    return dict(zip(names, prediction.probabilities.T, strict=True))


def _probability_columns(model: TabularModel) -> Iterable[str]:
    return [f"probability of {label}" for label in model.classes or []]


def _target_kind(model: TabularModel) -> ColumnKind:
    """How the target's values are read: as the labels are, which are plain Python values."""
    first = model.classes[0] if model.classes else 0.0
    if isinstance(first, str):
        return "text"
    return "boolean" if isinstance(first, bool) else "number"


def _labels(values: pd.Series, classes: list[Any] | None) -> pd.Series:
    """Values of a target in the type of the classes; missing ones stay missing."""
    if classes is None or isinstance(classes[0], str):
        return values
    kind = type(classes[0])
    known = [None if pd.isna(value) else kind(value) for value in values]
    return pd.Series(known, index=values.index, dtype="object")


def _running(model: TabularModel) -> Running:
    return RunningRegression() if model.classes is None else RunningClassification(model.classes)
