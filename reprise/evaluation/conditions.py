"""Conditions on measured values, as people write them: r2>=0.3,rmse<=60."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reprise.errors import RepriseError

NONE = "none"
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|>|<)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True)
class Condition:
    """One condition: a measured value compared with a bound."""

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


def parse_conditions(gate: str, known: Sequence[str], what: str) -> list[Condition]:
    """The conditions of `none` or a list such as `r2>=0.3,rmse<=60`, on what is `known`.

    Raises RepriseError for what is no condition, or is on something else than `what` it must be.
    """
    if gate.strip() == NONE:
        return []
    conditions = []
    for text in gate.split(","):
        match = _CONDITION.fullmatch(text)
        if match is None or not _is_number(match[3]):
            raise RepriseError(
                f"gate must be none or conditions such as {known[0]}>=0.3, got '{text}': "
                "write metric, one of >= <= > <, number"
            )
        if match[1] not in known:
            raise RepriseError(
                f"gate must name {what}, got '{match[1]}': choose from {', '.join(known)}"
            )
        conditions.append(Condition(match[1], match[2], float(match[3])))
    return conditions


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
