"""How much a model relies on each column: permutation importance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from reprise.data.schema import Task
from reprise.evaluation.metrics import evaluate, larger_is_better
from reprise.evaluation.prediction import Prediction, predict
from reprise.predictor import TabularModel

MAX_ROWS = 500
REPEATS = 5
_ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Importance:
    """By how much `metric` gets worse without each column: mean and standard deviation.

    `table` has the columns column, mean, std, most important first; larger is more important.
    """

    metric: str
    table: pd.DataFrame


def permutation_importance(
    model: TabularModel, task: Task, X: pd.DataFrame, y: pd.Series, metric: str, seed: int
) -> Importance:
    """Shuffle one raw column at a time and measure how much worse the model predicts.

    Breiman (2001), "Random forests", section 10, on at most 500 rows, 5 shuffles a column. All
    shuffled copies of a column are predicted in one call, because turning raw columns into
    numbers costs far more per call than per row.
    """
    generator = np.random.default_rng(seed)
    if len(X) > MAX_ROWS:
        rows = np.sort(generator.choice(len(X), MAX_ROWS, replace=False))
        X, y = X.iloc[rows], y.iloc[rows]
    X = X.reset_index(drop=True)
    sign = -1.0 if larger_is_better(metric) else 1.0
    base = evaluate(task, y, predict(model, X)).get(metric, np.nan)
    per_call = max(1, _ROWS_AT_ONCE // (len(X) * REPEATS))
    names = list(X.columns)
    losses: dict[str, list[float]] = {}
    for start in range(0, len(names), per_call):
        chosen = names[start : start + per_call]
        copies = [_shuffled(X, name, generator) for name in chosen for _ in range(REPEATS)]
        together = predict(model, pd.concat(copies, ignore_index=True))
        for position, name in enumerate(chosen):
            losses[name] = [
                sign * (_score(task, y, together, position * REPEATS + repeat, metric) - base)
                for repeat in range(REPEATS)
            ]
    table = pd.DataFrame(
        {
            "column": names,
            "mean": [float(np.mean(losses[name])) for name in names],
            "std": [float(np.std(losses[name])) for name in names],
        }
    )
    ordered = table.sort_values("mean", ascending=False, kind="stable", ignore_index=True)
    return Importance(metric, ordered)


def _shuffled(X: pd.DataFrame, name: str, generator: np.random.Generator) -> pd.DataFrame:
    order = generator.permutation(len(X))
    shuffled = X.copy()
    shuffled[name] = X[name].iloc[order].reset_index(drop=True)
    return shuffled


def _score(task: Task, y: pd.Series, together: Prediction, copy: int, metric: str) -> float:
    one = together.at(slice(copy * len(y), (copy + 1) * len(y)))
    return evaluate(task, y, one).get(metric, np.nan)
