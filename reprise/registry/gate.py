"""The gate: conditions that a model's test metrics must meet before it is registered."""

import re
from dataclasses import dataclass

import numpy as np

from reprise.data.schema import Task
from reprise.errors import RepriseError
from reprise.evaluation.metrics import metrics_of

_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|>|<)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True)
class Condition:
    """One condition of a gate: the test metric compared with a bound."""

    metric: str
    operator: str
    bound: float

    def holds(self, value: float) -> bool:
        """Whether `value` passes; NaN never does."""
        comparisons = {
            ">=": value >= self.bound,
            "<=": value <= self.bound,
            ">": value > self.bound,
            "<": value < self.bound,
        }
        return comparisons[self.operator]

    def __str__(self) -> str:
        return f"{self.metric}{self.operator}{self.bound:g}"


def parse_gate(gate: str, task: Task | None = None) -> list[Condition]:
    """The conditions of `none` or a list such as `r2>=0.3,rmse<=60`.

    Raises RepriseError for what is no condition, or a metric that `task` (None: any) has not.
    """
    if gate.strip() == "none":
        return []
    known = metrics_of(task)
    conditions = []
    for text in gate.split(","):
        match = _CONDITION.fullmatch(text)
        if match is None or not _is_number(match[3]):
            raise RepriseError(
                f"gate must be none or conditions such as {known[0]}>=0.3, got '{text}': "
                "write metric, one of >= <= > <, number"
            )
        if match[1] not in known:
            of = f" of {task}" if task else ""
            raise RepriseError(
                f"gate must name a metric{of}, got '{match[1]}': choose from {', '.join(known)}"
            )
        conditions.append(Condition(match[1], match[2], float(match[3])))
    return conditions


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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
