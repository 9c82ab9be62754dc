"""Every row of a table, predicted: reading, predicting and writing go on side by side."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from reprise.data.row_stream import Batch, Rows
from reprise.data.schema import find_column
from reprise.errors import RepriseError
from reprise.evaluation.prediction import PREDICTED, Prediction, as_prediction, probability_columns
from reprise.evaluation.streaming_metrics import Running, RunningClassification, RunningRegression
from reprise.inference.load import LoadedModel
from reprise.inference.outputs import outputs_of
from reprise.inference.prediction_file import Output
from reprise.predictor import ColumnKind, Extras, NotOffered, TabularModel, WrongValue
from reprise.runtime.progress import Advance, Report, silent

Item = TypeVar("Item")
_EXACT = 2**53  # a double holds every whole number up to here


@dataclass(frozen=True)
class Scored:
    """How many rows were predicted, and the metrics on those `known` that have a target."""

    rows: int
    known: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Plan:
    """Which columns of a table are used for what: features, the target, those that are kept.

    `extras` are wanted beside the predictions.
    """

    kinds: Mapping[str, ColumnKind]
    target: Mapping[str, ColumnKind]
    kept: list[str]
    ignored: list[str]
    extras: Extras = field(default_factory=Extras)

    @property
    def wanted(self) -> list[str]:
        """The columns to read, each once."""
        return list(dict.fromkeys((*self.kinds, *self.target, *self.kept)))


def plan(
    loaded: LoadedModel, rows: Rows, keep: Sequence[str], extras: Extras | None = None
) -> Plan:
    """What to do with the columns of a table.

    Raises RepriseError that lists the features it has not, or names a kept column it has not; what
    a contract says of its rows comes first; and where the model has not what is wanted as `extras`.
    """
    model, columns = loaded.model, rows.columns
    wanted = extras or Extras()
    try:
        wanted.check(model)
    except NotOffered as error:
        raise RepriseError(str(error)) from None
    absent = [f"'{name}'" for name in model.kinds if name not in columns]
    if absent:
        if rows.is_watched:
            deque(rows.read([]), 0)
        raise RepriseError(
            f"data must have every column that the model knows, missing {', '.join(absent)}: "
            "add them (empty where unknown), or choose the model of this table"
        )
    kept = [find_column(columns, name, "keep") for name in keep]
    made = {PREDICTED, *probability_columns(model.classes), *wanted.names(model)}
    if taken := set(kept) & made:
        raise RepriseError(
            f"keep must not name a column of the output, got '{min(taken)}': rename it in the data"
        )
    kind = loaded.target_kind or _target_kind(model)
    target = {loaded.target: kind} if loaded.target in columns else {}
    used = {*model.kinds, *kept, *target}
    ignored = [name for name in columns if name not in used]
    return Plan(model.kinds, target, kept, ignored, wanted)


def score(
    loaded: LoadedModel, rows: Rows, plan: Plan, output: Output, report: Report = silent
) -> Scored:
    """Predict every row into `output`; memory does not grow with the table.

    The output has the kept columns, `predicted`, for classes `probability of <label>` each, and the
    extras of the plan.
    Raises RepriseError for a table without rows, or a value that its column must not have.
    """
    model, count = loaded.model, 0
    metrics = running_metrics(model) if plan.target else None
    with ThreadPoolExecutor(1) as writer:
        pending = None
        for batch, X in ahead(_read(rows, plan)):
            outputs = _outputs(model, batch, X)
            prediction = as_prediction(outputs, model.classes)
            extras = plan.extras.columns(model, X, outputs)
            if pending is not None:
                pending.result()
            pending = writer.submit(_deliver, batch, prediction, extras, plan, output, metrics)
            count += len(X)
            report(Advance("rows scored", count))
        if pending is None:
            raise RepriseError("data must have rows, got none: give a table with rows")
        pending.result()
    return Scored(count, metrics.rows, metrics.metrics()) if metrics else Scored(count, 0, {})


def _read(rows: Rows, plan: Plan) -> Iterator[tuple[Batch, pd.DataFrame]]:
    for batch in rows.read(plan.wanted):
        yield batch, batch.plain(plan.kinds)


def _outputs(model: TabularModel, batch: Batch, X: pd.DataFrame) -> Any:
    try:
        return outputs_of(model, X)
    except WrongValue as error:
        raise batch.wrong(error) from None


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, the next of them made in a thread while one is used."""
    nothing: Any = object()
    with ThreadPoolExecutor(1) as reader, closing(items):  # type: ignore[type-var]
        upcoming = reader.submit(next, items, nothing)
        while (item := upcoming.result()) is not nothing:
            upcoming = reader.submit(next, items, nothing)
            yield item


def _deliver(
    batch: Batch,
    prediction: Prediction,
    extras: Mapping[str, Any],
    plan: Plan,
    output: Output,
    metrics: Running | None,
) -> None:
    output.write(_result(batch.table.select(plan.kept), prediction, extras))
    if metrics is not None:
        for name in plan.target:
            metrics.add(read_labels(batch, name, plan.target[name], prediction.classes), prediction)


def _result(kept: pa.Table, prediction: Prediction, extras: Mapping[str, Any]) -> pa.Table:
    columns = dict(zip(kept.column_names, kept.columns, strict=True))
    columns[PREDICTED] = pa.array(
        prediction.values.tolist() if prediction.classes else prediction.values
    )
    for name, probabilities in prediction.by_class.items():
        columns[name] = pa.array(probabilities)
    for name, values in extras.items():
        columns[name] = _extra(values, prediction.classes)
    return pa.table(columns)


def _extra(values: Any, classes: list[Any] | None) -> pa.Array:
    """A column of extras: numbers or texts, or of a set the labels of each row."""
    if isinstance(values, np.ndarray):
        return pa.array(values)
    return pa.array(values, pa.list_(pa.array(classes).type))


def _target_kind(model: TabularModel) -> ColumnKind:
    """How the target's values are read: as the labels are, which are plain Python values."""
    first = model.classes[0] if model.classes else 0.0
    # As numbers, labels of so many digits would not be told apart.
    if isinstance(first, str) or (model.classes and _is_long(model.classes)):
        return "text"
    return "boolean" if isinstance(first, bool) else "number"


def _is_long(classes: list[Any]) -> bool:
    return any(isinstance(label, int) and abs(label) > _EXACT for label in classes)


def read_labels(batch: Batch, name: str, kind: ColumnKind, classes: list[Any] | None) -> pd.Series:
    """Values of a target in the type of the classes; missing ones stay missing."""
    values = batch.plain({name: kind})[name]
    if classes is None or isinstance(classes[0], str):
        return values
    label = type(classes[0])
    known: list[Any] = []
    for row, value in enumerate(values, 1):
        try:
            known.append(None if pd.isna(value) else label(value))
        except ValueError:
            raise batch.wrong(WrongValue(name, "a whole number", value, row)) from None
    return pd.Series(known, index=values.index, dtype="object")


def running_metrics(model: TabularModel) -> Running:
    """What takes in the predictions of a model, and measures them."""
    return RunningRegression() if model.classes is None else RunningClassification(model.classes)
