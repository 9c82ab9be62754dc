"""What has to be done again: the recorded steps behind a run, each after those it was made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise.data.contracts.contract_source import NONE
from reprise.errors import RepriseError
from reprise.models.families import ENSEMBLE
from reprise.provenance.recorded_run import Recorded
from reprise.reproduction.capsule.opened import Capsule
from reprise.tracking.contract import CONTRACT, TABLE
from reprise.tracking.parameter_roles import FROM_STEPS, WITHOUT_EFFECT
from reprise.tracking.runs import named_run
from reprise.tracking.uris import parse_run_uri, run_uri

REGISTER = "register"
_STEPS = ("prepare", "tune", ENSEMBLE, REGISTER)


@dataclass(frozen=True)
class Task:
    """A recorded step that is to be done again, and the names of the tasks that it was made from.

    `name` is the entry point, with a number where several steps have the same. `twins` are other
    runs that stand for it, such as the child of a `main` that took it from the cache.
    """

    name: str
    recorded: Recorded
    table: str | None = None
    candidates: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()

    @property
    def entry_point(self) -> str:
        """The entry point that it is a run of."""
        return self.recorded.entry_point

    @property
    def needs(self) -> tuple[str, ...]:
        """The tasks that come before it."""
        return (*((self.table,) if self.table else ()), *self.candidates)

    def parameters(self, runs: Mapping[str, Run]) -> dict[str, Any]:
        """Its parameters on the reproduced `runs` of the tasks before it."""
        left_out = (*WITHOUT_EFFECT, *FROM_STEPS)
        given = self.recorded.origin.parameters.items()
        found = {name: value for name, value in given if name not in left_out}
        if found.get("contract", NONE) != NONE:
            # As it was then: the file may have been edited since.
            found["contract"] = run_uri(self.recorded.id, CONTRACT)
        if "data" in found:
            found["data"] = self.recorded.data
        if self.table:
            found["table"] = run_uri(runs[self.table].info.run_id, TABLE)
        if self.entry_point == ENSEMBLE:
            found["candidates"] = ",".join(runs[name].info.run_id for name in self.candidates)
        return found


@dataclass
class Plan:
    """The tasks in the order in which they can be done; `target` is the run that `of` names.

    Of a capsule, code is taken from what the runs have sealed alone, and packages from its wheels.
    """

    of: str
    target: Recorded
    capsule: Capsule | None = None
    tasks: dict[str, Task] = field(default_factory=dict)

    def add(self, recorded: Recorded, *twins: str) -> str:
        """Add a step after what it was made from; return its task's name, also where it is known.

        Raises RepriseError where a run behind it is gone.
        """
        for task in self.tasks.values():
            if _equal(task.recorded, recorded):
                self.tasks[task.name] = replace(task, twins=(*task.twins, *twins))
                return task.name
        table = self._table_of(recorded)
        candidates = self._candidates_of(recorded)
        same = sum(task.entry_point == recorded.entry_point for task in self.tasks.values())
        name = recorded.entry_point if not same else f"{recorded.entry_point} {same + 1}"
        self.tasks[name] = Task(name, recorded, table, candidates, twins)
        return name

    def _table_of(self, recorded: Recorded) -> str | None:
        if recorded.entry_point == "prepare":
            return None
        uri = recorded.origin.parameters.get("table", "")
        return self.add(_existing(lambda: mlflow.get_run(parse_run_uri(uri)[0]), uri, recorded))

    def _candidates_of(self, recorded: Recorded) -> tuple[str, ...]:
        if recorded.entry_point not in (ENSEMBLE, REGISTER):
            return ()
        names = [name.strip() for name in recorded.origin.parameters["candidates"].split(",")]
        return tuple(self._add_candidate(name, recorded) for name in names if name)

    def _add_candidate(self, name: str, recorded: Recorded) -> str:
        return self.add(_existing(lambda: named_run(name, "candidates"), name, recorded))


def make_plan(of: str, capsule: Capsule | None = None) -> Plan:
    """The plan for what `of` names: a run id, or a runs:/ or models:/ URI; in an open capsule.

    A `main` stands for its steps, a model or a step for everything that it was made from. Raises
    RepriseError where there is no such run, it did not finish, or is not made of steps.
    """
    named = named_run(of, "of")
    target = Recorded(named)
    is_step = target.entry_point in _STEPS or target.entry_point.startswith("train_")
    if target.entry_point != "main" and not is_step:
        raise RepriseError(
            f"of must be a run of main or of a step, got '{of}' made by {target.entry_point}: "
            "give the run whose result is to be proved"
        )
    if named.info.status != "FINISHED":
        raise RepriseError(
            f"of must be a finished run, got '{of}' which is {named.info.status}: "
            "give one that has a result"
        )
    plan = Plan(of, target, capsule)
    if is_step:
        plan.add(Recorded.behind(named), named.info.run_id)
        return plan
    if not target.own_children:
        raise RepriseError(f"of must have steps, got main run '{of}' without: give another run")
    for child in target.own_children:
        plan.add(Recorded.behind(child.run), child.id)
    return plan


def _equal(one: Recorded, other: Recorded) -> bool:
    """Whether two runs are the same, or the same step with the same outputs, computed twice."""
    if one.id == other.id:
        return True
    identities = [side.identity for side in (one, other)]
    return bool(identities[0]) and identities[0] == identities[1] and one.outputs == other.outputs


def _existing(get: Callable[[], Run], name: str, of: Recorded) -> Recorded:
    try:
        return Recorded.behind(get())
    except (mlflow.MlflowException, RepriseError, OSError):
        raise RepriseError(
            f"what {of.entry_point} was made from must be in this store, got '{name}' of run "
            f"{of.id}, which is gone: reproduce a run whose inputs are still recorded"
        ) from None
