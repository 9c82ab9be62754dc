"""Parameters and metrics of runs as rows of a table, the first run the one others differ from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reprise.evaluation.metrics import METRICS
from reprise.provenance.value_diff import number_or_text
from reprise.reports.comparison.compared_runs import Side
from reprise.tracking.parameter_roles import FROM_STEPS

_MOST_DIGITS = 10


@dataclass(frozen=True)
class Cell:
    """A value as text; `change` is its difference from the first run, `verdict` better or worse."""

    text: str
    change: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Row:
    """A parameter or metric, a cell for each run, and whether its values differ."""

    name: str
    cells: list[Cell]
    differs: bool


def parameter_rows(sides: Sequence[Side]) -> list[Row]:
    """A row for each parameter that any of the runs has."""
    found = []
    for name in _names([side.parameters for side in sides]):
        if name in FROM_STEPS:
            continue
        texts = [side.parameters.get(name) for side in sides]
        values = {None if text is None else number_or_text(text) for text in texts}
        found.append(Row(name, [_as_given(text) for text in texts], len(values) > 1))
    return found


def metric_rows(sides: Sequence[Side]) -> list[Row]:
    """A row for each metric that any of the runs has, with differences from the first run."""
    found = []
    for name in _names([side.metrics for side in sides]):
        values = [side.metrics.get(name) for side in sides]
        cells = [_cell(name, value, values[0] if n else None) for n, value in enumerate(values)]
        found.append(Row(name, cells, len(set(values)) > 1))
    return sorted(found, key=lambda row: _order(row.name))


def _as_given(text: str | None) -> Cell:
    """A parameter as it was given; what a search chose in fewer digits."""
    if text is None:
        return Cell("–")
    number = number_or_text(text)
    is_long = isinstance(number, float) and len(text) > _MOST_DIGITS
    return Cell(f"{number:.6g}" if is_long else text)


def _cell(name: str, value: float | None, first: float | None) -> Cell:
    if value is None:
        return Cell("–")
    text = f"{value:,.0f}" if value.is_integer() else f"{value:.6g}"
    if first is None or math.isnan(value - first):
        return Cell(text)
    change = value - first
    part, _, metric = name.partition("_")
    # A better fit of the rows that it has learned from is no merit.
    larger = None if part == "train" else METRICS.get(metric)
    if larger is None or not change:
        return Cell(text, f"{change:+.3g}" if change else "±0")
    return Cell(text, f"{change:+.3g}", "better" if (change > 0) == larger else "worse")


def _order(name: str) -> tuple[int, str]:
    """What decides first: test, validation, cross-validation, train, the rest."""
    parts = ("test", "score", "validation", "cv", "train")
    part, _, metric = name.partition("_")
    return (parts.index(part), metric) if part in parts else (len(parts), name)


def _names(columns: Sequence[Mapping[str, object]]) -> list[str]:
    """Every name once, in the order they first appear."""
    return list(dict.fromkeys(name for column in columns for name in column))
