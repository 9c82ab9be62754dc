"""The search: its trials in the order in which they ran, and what was best."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reprise.evaluation.metrics import is_better, larger_is_better
from reprise.formatting import metric as wording_of
from reprise.formatting import number
from reprise.reports import charts
from reprise.reports.main.result import Result
from reprise.tracking.artifacts import read
from reprise.tracking.contract import BEST_PREFIX, FAMILY_TAG, TRIALS

_MOST = 10


@dataclass(frozen=True)
class Tuning:
    """A finished search; `names` are the hyperparameters, `best` trials by value, best first.

    `unfinished` of its `trials` have no value: they were pruned, or failed.
    """

    family: str
    metric: str
    trials: int
    unfinished: int
    drawing: Markup
    names: list[str]
    best: list[dict[str, Any]]


def tuning_of(result: Result) -> Tuning | None:
    """The search of this `main`; None where there was none."""
    run = result.run_of("tune")
    text = run and read(run, TRIALS)
    if not run or not text or not result.metrics:
        return None
    metric = result.metrics[0]
    rows = list(csv.DictReader(io.StringIO(text)))
    trials = [row for row in rows if row.get(metric)]
    if not trials:
        return None
    values = [(float(row["trial"]), float(row[metric])) for row in trials]
    names = [tag.removeprefix(BEST_PREFIX) for tag in run.data.tags if tag.startswith(BEST_PREFIX)]
    larger = larger_is_better(metric)
    ordered = sorted(trials, key=lambda row: float(row[metric]), reverse=larger)
    best = [
        {
            "trial": row["trial"],
            "value": float(row[metric]),
            "parameters": [_shown(row.get(name, "")) for name in names],
        }
        for row in ordered[:_MOST]
    ]
    family = str(run.data.tags[FAMILY_TAG])
    unfinished, drawing = len(rows) - len(trials), _history(metric, values)
    return Tuning(family, metric, len(rows), unfinished, drawing, names, best)


def _history(metric: str, values: list[tuple[float, float]]) -> Markup:
    """A dot a trial, and a line at the best so far."""
    best, line = values[0][1], []
    for number_, value in values:
        best = value if is_better(metric, value, best) else best
        line.append((number_, best))
    name = f"{wording_of(metric)}, cross-validated"
    label = f"{name}, of {len(values)} trials"
    return charts.points({"trials": values}, "trial", name, label, line)


def _shown(text: str) -> str:
    try:
        return number(float(text))
    except ValueError:
        return text
