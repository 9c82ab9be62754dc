"""What changes mean: which are more than chance, which larger than the gate allows, the verdict."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reprise.data.drift.change import Change
from reprise.data.drift.two_sample import holm
from reprise.data.schema import Task
from reprise.evaluation.conditions import Condition, parse_conditions
from reprise.evaluation.metrics import metrics_of

OK, WARN, ALARM = "OK", "WARN", "ALARM"
LEVELS = (OK, WARN, ALARM)
# What is measured beside the task's metrics, and in words.
MEASURES = {
    "drift": "distribution",
    "missing": "missing values",
    "unseen": "categories never seen",
    "outside": "values out of range",
    "unreadable": "values of another kind",
    "relation": "correlation",
    "novel": "rows far from all others",
    "predictions": "predictions",
    "worse": "error against the test",
}


def parse_limits(gate: str, task: Task) -> list[Condition]:
    """The conditions of a gate on what `watch` measures for models of this task.

    Raises RepriseError for what is no condition, or on something that is not measured.
    """
    known = [*MEASURES, *metrics_of(task)]
    return parse_conditions(gate, known, f"what watch measures for {task}")


@dataclass(frozen=True)
class Finding:
    """A change with what became of it.

    `adjusted` is its p-value among all of the batch (Holm); `limit` what the gate demands of its
    measure, empty where nothing; `broken` says whether its size breaks that.
    """

    change: Change
    adjusted: float
    significant: bool
    limit: str
    broken: bool
    level: str

    @property
    def named(self) -> str:
        """What it is about: drift of 'age', relation of 'age' and 'height', worse."""
        columns = " and ".join(f"'{name}'" for name in self.change.columns)
        return f"{self.change.measure} of {columns}" if columns else self.change.measure

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        own = {name: value for name, value in asdict(self).items() if name != "change"}
        return {**asdict(self.change), "columns": list(self.change.columns), **own}


def judge(
    changes: Sequence[Change], conditions: Sequence[Condition], alpha: float
) -> list[Finding]:
    """A finding for each change: the gravest first, of these the least likely.

    ALARM: it breaks the gate, and is more than chance among all that is tested (`alpha`). WARN: it
    is more than chance and breaks nothing; or it breaks the gate, and is more than chance where
    nothing else is tested, or a metric, whose limit is absolute.
    """
    adjusted = holm([change.chance for change in changes])
    found = []
    for change, chance in zip(changes, adjusted, strict=True):
        asked = [each for each in conditions if each.metric == change.measure]
        broken = not all(each.holds(change.size) for each in asked)
        significant = chance <= alpha
        alone = change.chance <= alpha or change.measure not in MEASURES
        level = ALARM if broken and significant else OK
        if level == OK and (significant or (broken and alone)):
            level = WARN
        limit = ",".join(f"{each.operator}{each.bound:g}" for each in asked)
        found.append(Finding(change, chance, significant, limit, broken, level))
    grave = {level: -place for place, level in enumerate(LEVELS)}
    order = list(MEASURES)
    return sorted(
        found,
        key=lambda each: (
            grave[each.level],
            each.change.chance,
            order.index(each.change.measure) if each.change.measure in MEASURES else len(order),
        ),
    )


def verdict(findings: Sequence[Finding]) -> str:
    """The gravest level of all findings."""
    return max((each.level for each in findings), key=LEVELS.index, default=OK)
