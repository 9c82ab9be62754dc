"""Pictures in which each run of a comparison has a line, or a cloud of points, of its own."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO, StringIO

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import Run

from reprise.evaluation.class_curves import pooled_roc
from reprise.evaluation.metrics import larger_is_better
from reprise.evaluation.prediction import ACTUAL, PREDICTED, labels_in
from reprise.reports import charts
from reprise.reports.captioned_chart import Picture
from reprise.reports.comparison.compared_runs import Side
from reprise.tracking.artifacts import read, read_bytes
from reprise.tracking.contract import PREDICTIONS, TRIALS

_MOST_POINTS = 400

Points = list[tuple[float, float]]


def pictures(sides: Sequence[Side]) -> list[Picture]:
    """Every picture that at least one run has points for; a run's colour is that of its letter."""
    drawn = (*_epochs(sides), *_searches(sides), *_predicted(sides))
    return [picture for picture in drawn if picture is not None]


def _epochs(sides: Sequence[Side]) -> Iterator[Picture | None]:
    """A picture for each metric that was logged for every epoch."""
    client = mlflow.MlflowClient()
    models = [(side.letter, side.model) for side in sides if side.model]
    names = {name for _, run in models for name in run.data.metrics if name.startswith("epoch_")}
    for name in sorted(names):
        found = {}
        for letter, run in models:
            if name in run.data.metrics:
                points = client.get_metric_history(run.info.run_id, name)
                found[letter] = _sampled([p.step for p in points], [p.value for p in points])
        label = name.removeprefix("epoch_")
        yield _lines(sides, found, f"{label} by epoch", "epoch", label)


def _searches(sides: Sequence[Side]) -> Iterator[Picture | None]:
    """The best value so far of each search, a picture for each metric that they went by."""
    by_metric: dict[str, dict[str, Points]] = {}
    for side in sides:
        text = read(side.search, TRIALS) if side.search else None
        if text is None or side.search is None:
            continue
        table = pd.read_csv(StringIO(text))
        for name in side.search.data.metrics:
            metric = name.removeprefix("cv_")
            if name.startswith("cv_") and metric in table:
                best = _best_so_far(metric, table[metric])
                steps = np.repeat(table["trial"].to_numpy(), 2)[1:], np.repeat(best, 2)[:-1]
                by_metric.setdefault(metric, {})[side.letter] = _sampled(*steps)
    for metric, found in by_metric.items():
        yield _lines(sides, found, f"Search: best {metric} so far", "trial", metric)


def _best_so_far(metric: str, values: pd.Series) -> np.ndarray:
    best = values.cummax() if larger_is_better(metric) else values.cummin()
    return np.asarray(best, dtype="float64")


def _predicted(sides: Sequence[Side]) -> Iterator[Picture | None]:
    """The ROC of classifiers, and what regressions predict against what was measured."""
    read_of = {side.letter: _predictions(side.model) for side in sides if side.model}
    tables = {letter: table for letter, table in read_of.items() if table is not None}
    rates = {letter: _roc(table) for letter, table in tables.items() if labels_in(table)}
    numbers = {
        letter: _sampled(table[ACTUAL], table[PREDICTED])
        for letter, table in tables.items()
        if letter not in rates
    }
    x, y = "false positives", "true positives"
    yield _lines(sides, rates, "ROC, validation part", x, y, even=[(0, 0), (1, 1)])
    yield _clouds(sides, numbers, "Predicted against actual, validation part")


def _lines(
    sides: Sequence[Side],
    found: Mapping[str, Points],
    title: str,
    x: str,
    y: str,
    even: Points | None = None,
) -> Picture | None:
    """A line a run; None where no run has points."""
    series = _by_letter(sides, found)
    if not any(series.values()):
        return None
    last = ", ".join(
        f"{letter} ends at {points[-1][1]:.4g}" for letter, points in series.items() if points
    )
    return Picture(title, charts.curves(series, x, y, f"{y} by {x}: {last}", even=even or ()))


def _clouds(sides: Sequence[Side], found: Mapping[str, Points], title: str) -> Picture | None:
    """A cloud of (actual, predicted) a run; None where no run has points."""
    series = _by_letter(sides, found)
    values = [value for points in series.values() for point in points for value in point]
    if not values:
        return None
    line = [(end, end) for end in (min(values), max(values))]
    counted = ", ".join(
        f"{letter} has {len(points)} points" for letter, points in series.items() if points
    )
    label = f"predicted by actual: {counted}"
    drawing = charts.points(series, "actual", "predicted", label, line)
    return Picture(title, drawing, "On the line both are equal.")


def _by_letter(sides: Sequence[Side], found: Mapping[str, Points]) -> dict[str, Points]:
    """A series for every run, so that each has the same colour in all pictures."""
    return {side.letter: found.get(side.letter, []) for side in sides}


def _predictions(run: Run) -> pd.DataFrame | None:
    content = read_bytes(run, PREDICTIONS)
    if content is None:
        return None
    try:
        return pd.read_parquet(BytesIO(content))
    except (OSError, ValueError):
        return None


def _roc(table: pd.DataFrame) -> Points:
    curve = pooled_roc(table)
    return _sampled(curve.x, curve.y)


# Anything that NumPy takes for a column of numbers.
_Numbers = Sequence[float] | np.ndarray | pd.Series


def _sampled(x: _Numbers, y: _Numbers) -> Points:
    """Evenly chosen finite points, few enough for a page, the last always among them."""
    across, up = (np.asarray(values, dtype="float64") for values in (x, y))
    finite = np.isfinite(across) & np.isfinite(up)
    across, up = across[finite], up[finite]
    chosen = np.unique(np.linspace(0, len(across) - 1, min(len(across), _MOST_POINTS)).astype(int))
    return list(zip(across[chosen].tolist(), up[chosen].tolist(), strict=True))
