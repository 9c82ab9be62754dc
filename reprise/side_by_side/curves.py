"""Curves of runs, each run a line or a cloud of points in the same picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import Run

from reprise.evaluation import is_better
from reprise.lineage.artifacts import read, read_bytes
from reprise.side_by_side.sides import Side

PREDICTIONS = "predictions/validation.parquet"
_MOST_POINTS = 400
_PROBABILITY = "probability of "


@dataclass(frozen=True)
class Curve:
    """What one run contributes: x and y of equal length, joined by a line or not."""

    letter: str
    x: np.ndarray
    y: np.ndarray
    joined: bool = True


@dataclass(frozen=True)
class Picture:
    """Curves of several runs; `diagonal` draws y = x, on which they are held against."""

    title: str
    x: str
    y: str
    curves: list[Curve]
    diagonal: bool = False


def pictures(sides: Sequence[Side]) -> list[Picture]:
    """Every picture that at least one run has curves for."""
    found = [*_epochs(sides), *_searches(sides)]
    predictions = {side.letter: _predictions(side.model) for side in sides if side.model}
    tables = {letter: table for letter, table in predictions.items() if table is not None}
    classes = {letter: t for letter, t in tables.items() if _probabilities(t)}
    numbers = {letter: t for letter, t in tables.items() if letter not in classes}
    if classes:
        curves = [Curve(letter, *_roc(table)) for letter, table in classes.items()]
        found.append(
            Picture("ROC, validation part", "false positives", "true positives", curves, True)
        )
    if numbers:
        curves = [Curve(letter, *_sampled(t["actual"], t["predicted"]), joined=False)
                  for letter, t in numbers.items()]  # fmt: skip
        title = "Predicted against actual, validation part"
        found.append(Picture(title, "actual", "predicted", curves, True))
    return found


def _epochs(sides: Sequence[Side]) -> Iterator[Picture]:
    """A picture for each metric that was logged for every epoch."""
    client = mlflow.MlflowClient()
    models = [(side.letter, side.model) for side in sides if side.model]
    names = {name for _, run in models for name in run.data.metrics if name.startswith("epoch_")}
    for name in sorted(names):
        curves = []
        for letter, run in models:
            if name in run.data.metrics:
                points = client.get_metric_history(run.info.run_id, name)
                curves.append(Curve(letter, *_sampled([p.step for p in points],
                                                      [p.value for p in points])))  # fmt: skip
        label = name.removeprefix("epoch_")
        yield Picture(f"{label} by epoch", "epoch", label, curves)


def _searches(sides: Sequence[Side]) -> Iterator[Picture]:
    """The best value so far of each search, a picture for each metric that they went by."""
    by_metric: dict[str, list[Curve]] = {}
    for side in sides:
        text = read(side.search, "trials.csv") if side.search else None
        if text is None or side.search is None:
            continue
        table = pd.read_csv(StringIO(text))
        for name in side.search.data.metrics:
            metric = name.removeprefix("cv_")
            if name.startswith("cv_") and metric in table:
                best = _best_so_far(metric, table[metric])
                steps = np.repeat(table["trial"].to_numpy(), 2)[1:], np.repeat(best, 2)[:-1]
                curve = Curve(side.letter, *_sampled(*steps))
                by_metric.setdefault(metric, []).append(curve)
    for metric, curves in by_metric.items():
        yield Picture(f"Search: best {metric} so far", "trial", metric, curves)


def _best_so_far(metric: str, values: pd.Series) -> np.ndarray:
    larger = is_better(metric, 1.0, 0.0)
    return np.asarray(values.cummax() if larger else values.cummin(), dtype="float64")


def _predictions(run: Run) -> pd.DataFrame | None:
    content = read_bytes(run, PREDICTIONS)
    if content is None:
        return None
    try:
        return pd.read_parquet(BytesIO(content))
    except (OSError, ValueError):
        return None


def _probabilities(table: pd.DataFrame) -> list[str]:
    return [name for name in map(str, table.columns) if name.startswith(_PROBABILITY)]


def _roc(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The ROC of the second of two classes; of more, every class against the rest, pooled."""
    from sklearn.metrics import roc_curve

    names = _probabilities(table)
    names = names[1:] if len(names) == 2 else names
    actual = table["actual"].astype(str)
    truth = [actual == name.removeprefix(_PROBABILITY) for name in names]
    scores = np.concatenate([table[name].to_numpy() for name in names])
    false, true, _ = roc_curve(np.concatenate(truth), scores)
    return _sampled(false, true)


# Anything that NumPy takes for a column of numbers.
_Numbers = Sequence[float] | np.ndarray | pd.Series


def _sampled(x: _Numbers, y: _Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Evenly chosen finite points, few enough for a page, the last always among them."""
    across, up = (np.asarray(values, dtype="float64") for values in (x, y))
    finite = np.isfinite(across) & np.isfinite(up)
    across, up = across[finite], up[finite]
    chosen = np.unique(np.linspace(0, len(across) - 1, min(len(across), _MOST_POINTS)).astype(int))
    return across[chosen], up[chosen]
