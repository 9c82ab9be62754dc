"""Limits of a model that its data shows: what a reader of its card should know, as Markdown."""

from collections.abc import Iterator, Mapping

from reprise.data.schema import Schema
from reprise.evaluation.metrics import metrics_of
from reprise.formatting import listed
from reprise.tracking.markdown import code, plain

_FEW_ROWS = 100
_RARE_SHARE = 0.05
_GAPS_SHARE = 0.05
_OVERFIT = 1.5


def limits(schema: Schema, metrics: Mapping[str, float]) -> list[str]:
    """One sentence for each limit; `metrics` are those of the training run and of the test part."""
    return [*_rows(schema), *_columns(schema), *_split(schema), *_fit(schema, metrics)]


def _rows(schema: Schema) -> Iterator[str]:
    if schema.rows["test"] < _FEW_ROWS:
        yield f"Tested on {schema.rows['test']} rows only: mind the intervals."
    for reason, count in schema.dropped_rows.items():
        yield f"{count:,} rows were left out: {plain(reason)}."
    total = sum(schema.classes.values())
    rare = [
        f"{plain(label)} ({count:,})"
        for label, count in schema.classes.items()
        if count < _RARE_SHARE * total
    ]
    if rare:
        yield f"Rare classes, of {total:,} rows: {listed(rare)}."


def _columns(schema: Schema) -> Iterator[str]:
    rows = sum(schema.rows.values()) + sum(schema.dropped_rows.values())
    gaps = {
        name: count / rows
        for name, count in schema.missing.items()
        if name in schema.columns and count >= _GAPS_SHARE * rows
    }
    if gaps:
        worst = sorted(gaps, key=lambda name: -gaps[name])
        yield f"Often missing: {listed([f'{code(name)} ({gaps[name]:.0%})' for name in worst])}."
    if schema.dropped:
        unused = [f"{code(name)} ({plain(why['reason'])})" for name, why in schema.dropped.items()]
        yield f"Columns not used: {listed(unused)}."
    texts = [name for name, column in schema.columns.items() if column.plain_kind == "text"]
    if texts:
        names = listed([code(name) for name in texts])
        yield f"Values that training has not seen are unknown to it in {names}."


def _split(schema: Schema) -> Iterator[str]:
    dates = [name for name, column in schema.columns.items() if column.role == "date"]
    if dates and schema.divided.kind == "random":
        names = listed([code(name) for name in dates])
        yield f"Rows have dates ({names}), but the test rows are not later than the others."


def _fit(schema: Schema, metrics: Mapping[str, float]) -> Iterator[str]:
    name = metrics_of(schema.task)[0]
    train, test = metrics.get(f"train_{name}"), metrics.get(f"test_{name}")
    if train is not None and test is not None and test > _OVERFIT * train:
        yield f"It fits train rows much better than new ones: {name} {train:.4g}, here {test:.4g}."
