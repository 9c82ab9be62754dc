"""The gate: conditions that a model's test metrics must meet before it is registered."""

import numpy as np

from reprise.data.schema import Task
from reprise.errors import RepriseError
from reprise.evaluation.conditions import Condition, parse_conditions
from reprise.evaluation.metrics import metrics_of


def parse_gate(gate: str, task: Task | None = None) -> list[Condition]:
    """The conditions of `none` or a list such as `r2>=0.3,rmse<=60`.

    Raises RepriseError for what is no condition, or a metric that `task` (None: any) has not.
    """
    return parse_conditions(gate, metrics_of(task), f"a metric{f' of {task}' if task else ''}")


def check_gate(conditions: list[Condition], metrics: dict[str, float]) -> None:
    """Raise RepriseError that names each condition the test metrics fail, and by how much."""
    failed = []
    for condition in conditions:
        value = metrics.get(f"test_{condition.metric}", np.nan)
        if not condition.holds(value):
            failed.append(
                f"{condition} (got {value:.6g}, off by {abs(value - condition.bound):.3g})"
            )
    if failed:
        raise RepriseError(
            f"the gate must hold on the test part, failed {', '.join(failed)}: "
            "nothing was registered; improve the model or change the gate"
        )
