"""The candidates side by side: each metric on train and validation rows, and the gap between."""

from dataclasses import dataclass

from markupsafe import Markup

from reprise.evaluation.metrics import is_better
from reprise.reports import charts
from reprise.reports.main.result import Candidate, Result


@dataclass(frozen=True)
class Row:
    """A candidate: (train, validation) of each metric, the gap of the first; best first."""

    candidate: Candidate
    values: dict[str, tuple[float | None, float | None]]
    gap: float | None
    drawing: Markup | None
    fit_seconds: float | None


def leaderboard(result: Result) -> list[Row]:
    """A row a candidate, the best on validation rows on top."""
    metrics = result.metrics
    if not metrics:
        return []
    pairs = [_values(candidate, metrics) for candidate in result.candidates]
    known = [value for pair in pairs for value in pair[metrics[0]] if value is not None]
    rows = [
        Row(
            candidate,
            values,
            _gap(*values[metrics[0]]),
            _drawn(*values[metrics[0]], known),
            candidate.run.data.metrics.get("fit_seconds"),
        )
        for candidate, values in zip(result.candidates, pairs, strict=True)
    ]
    ordered: list[Row] = []
    for row in rows:
        value = _validation(row, metrics[0])
        place = next(
            (
                n
                for n, other in enumerate(ordered)
                if is_better(metrics[0], value, _validation(other, metrics[0]))
            ),
            len(ordered),
        )
        ordered.insert(place, row)
    return ordered


def _values(
    candidate: Candidate, metrics: list[str]
) -> dict[str, tuple[float | None, float | None]]:
    found = candidate.run.data.metrics
    return {name: (found.get(f"train_{name}"), found.get(f"validation_{name}")) for name in metrics}


def _validation(row: Row, metric: str) -> float:
    value = row.values[metric][1]
    return float("nan") if value is None else value


def _gap(train: float | None, validation: float | None) -> float | None:
    return None if train is None or validation is None else validation - train


def _drawn(train: float | None, validation: float | None, known: list[float]) -> Markup | None:
    if train is None or validation is None:
        return None
    return charts.pair(train, validation, min(known), max(known))
