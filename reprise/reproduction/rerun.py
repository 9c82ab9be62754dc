"""Does recorded steps again, with their code and packages, side by side, in an experiment apart."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlflow.entities import Run, RunInfo

from reprise.pipeline.outcome import Event, Outcome
from reprise.pipeline.processes import MlflowProcess, StepProcess, as_arguments
from reprise.pipeline.runner import Execution, Runner
from reprise.pipeline.step import Step
from reprise.provenance.level_in_force import level_of
from reprise.reproduction.checkout import Tree
from reprise.reproduction.interpreter import Interpreter
from reprise.reproduction.plan import Task
from reprise.runtime.level import VARIABLES, put_off
from reprise.tracking.contract import (
    EARLIER_CORES_VARIABLE,
    EARLIER_NOISE_VARIABLE,
    EARLIER_PARENT_VARIABLE,
    FAMILY_TAG,
)
from reprise.tracking.step_context import StepContext

EXPERIMENT = "reprise-reproductions"
_NETWORK = "reprise.models.keras_import"


@dataclass(frozen=True)
class Place:
    """Where a step is done again: its code and the Python with its packages.

    `recorded` is what it was done in: its environment.json.
    """

    tree: Tree
    interpreter: Interpreter
    recorded: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_present(self) -> bool:
        """Whether it is the code and the Python of this process, so that warm processes serve."""
        return self.tree.is_present and self.interpreter.is_present

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """`environment` for a process there: its modules, not those of the working directory.

        Code of before levels gets none of ours: kernels are chosen as they were for it then.
        """
        found = {**environment, "PYTHONPATH": str(self.tree.root), "PYTHONSAFEPATH": "1"}
        if level_of(self.recorded) is None:
            put_off(found)
            switches = self.recorded.get("switches", {})
            given = {name: switches.get(name) for name in VARIABLES}
            found |= {name: value for name, value in given.items() if value is not None}
        return found


class PlainProcess(MlflowProcess):
    """`python -m steps.<step>` at a place, within the run that is there already."""

    def __init__(self, log: Path, place: Place) -> None:
        super().__init__(log)
        self.place = place

    def start(self, entry_point: str, parameters: Mapping[str, Any], context: StepContext) -> None:
        """Start the step, which reads the source of its own place."""
        # Code of earlier commits knows neither.
        context = replace(context, read=None, source=None)
        program = [str(self.place.interpreter.python), "-m", f"steps.{entry_point}"]
        environment = context.to_environment(os.environ) | _for_earlier_steps(context)
        self._open([*program, *as_arguments(parameters)], self.place.environment(environment))


def _for_earlier_steps(context: StepContext) -> dict[str, str]:
    """The variables by which steps of commits that know no context are told the same."""
    return {
        EARLIER_PARENT_VARIABLE: context.parent_id,
        EARLIER_CORES_VARIABLE: str(context.cores),
        EARLIER_NOISE_VARIABLE: context.noise,
    }


class Rerunner(Runner):
    """A runner whose steps run each at its own place."""

    def __init__(
        self,
        parent: Run,
        execution: Execution,
        show: Callable[[Event], None],
        places: Mapping[str, Place],
    ) -> None:
        super().__init__(parent, execution, show)
        self.places = places

    def _process(self, step: Step) -> StepProcess:
        place = self.places[step.entry_point]
        if place.is_present:
            return super()._process(step)
        return PlainProcess(self.folder / f"{step.entry_point}.txt", place)


def rerun(
    tasks: Sequence[Task],
    places: Mapping[str, Place],
    known: Mapping[str, Run],
    parent: Run,
    experiment: str,
    execution: Execution,
    show: Callable[[Event], None],
) -> dict[str, Outcome]:
    """Do these tasks again; return the outcomes by name.

    `known` are runs that stand for tasks that are not done again. Tasks of one entry point come
    in rounds, one after the other; all others side by side.
    """
    outcomes = {name: Outcome("FINISHED", run, 0.0) for name, run in known.items()}
    left = [task for task in tasks if task.name not in known]
    while left:
        chosen: dict[str, Task] = {}
        for task in left:
            ready = {*outcomes, *(each.name for each in chosen.values())}
            if ready.issuperset(task.needs):
                chosen.setdefault(task.entry_point, task)
        runner = Rerunner(
            _in_experiment(parent, experiment),
            execution,
            show,
            {entry_point: places[task.name] for entry_point, task in chosen.items()},
        )
        steps = [_step(task, chosen, outcomes) for task in chosen.values()]
        done = runner.run([step for step in steps if step is not None])
        for entry_point, task in chosen.items():
            outcomes[task.name] = done.get(entry_point) or _skipped(task)
        left = [task for task in left if task.name not in outcomes]
    return outcomes


def _step(task: Task, chosen: Mapping[str, Task], outcomes: Mapping[str, Outcome]) -> Step | None:
    """The task as a step of this round; None where what it needs has failed in an earlier one."""
    here = [each.name for each in chosen.values() if each.name in task.needs]
    before = [outcomes[name] for name in task.needs if name not in here]
    if not all(outcome.succeeded for outcome in before):
        return None
    earlier = {name: outcome.run for name, outcome in outcomes.items() if outcome.run}
    by_name = {each.name: each.entry_point for each in chosen.values()}

    def parameters(runs: Mapping[str, Run]) -> dict[str, Any]:
        return task.parameters(earlier | {name: runs[by_name[name]] for name in here})

    fits_network = task.recorded.run.data.tags.get(FAMILY_TAG) == "nn"
    needs = tuple(by_name[name] for name in here)
    preload = (_NETWORK,) if fits_network else ()
    alone = task.entry_point == "tune"
    return Step(task.entry_point, needs, parameters, lambda _: preload, alone=alone)


def _skipped(task: Task) -> Outcome:
    return Outcome("SKIPPED", None, 0.0, f"needs {', '.join(task.needs)}")


def _in_experiment(run: Run, experiment: str) -> Run:
    """The run as if it were in this experiment, so that its children come to lie there."""
    info = run.info
    there = RunInfo(
        info.run_id,
        experiment,
        info.user_id,
        info.status,
        info.start_time,
        info.end_time,
        info.lifecycle_stage,
        info.artifact_uri,
        info.run_name,
    )
    return Run(there, run.data)
