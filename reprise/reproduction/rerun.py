"""Does recorded steps again, with their code and packages, side by side, in an experiment apart."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.entities import Run, RunInfo

from reprise.pipeline.graph import Step
from reprise.pipeline.processes import MlflowProcess, StepProcess
from reprise.pipeline.runner import Event, Execution, Outcome, Runner
from reprise.reproduction.checkout import Tree
from reprise.reproduction.environment import Interpreter
from reprise.reproduction.plan import Task
from reprise.warm.client import SOCKET

EXPERIMENT = "reprise-reproductions"
_NETWORK = "reprise.models.tensorflow"


@dataclass(frozen=True)
class Place:
    """Where a step is done again: its code and the Python with its packages."""

    tree: Tree
    interpreter: Interpreter

    @property
    def is_present(self) -> bool:
        """Whether it is the code and the Python of this process, so that warm processes serve."""
        return self.tree.is_present and self.interpreter.is_present

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """`environment` for a process there: its modules, not those of the working directory.

        Nor those of the present warm server, which would run the present code.
        """
        kept = {name: value for name, value in environment.items() if name != SOCKET}
        return kept | {"PYTHONPATH": str(self.tree.root), "PYTHONSAFEPATH": "1"}


class PlainProcess(MlflowProcess):
    """`python -m steps.<step>` at a place, within the run that is there already."""

    def __init__(self, log: Path, place: Place) -> None:
        super().__init__(log)
        self.place = place

    def start(
        self, entry_point: str, parameters: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        """Start the step."""
        given = [text for name, value in parameters.items() for text in (f"--{name}", f"{value}")]
        self.process = subprocess.Popen(
            [str(self.place.interpreter.python), "-m", f"steps.{entry_point}", *given],
            env=self.place.environment(environment), stdin=subprocess.DEVNULL,
            stdout=self.output.write_end, stderr=self.output.write_end, start_new_session=True,
        )  # fmt: skip


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
            _in_experiment(parent, experiment), execution, show,
            {entry_point: places[task.name] for entry_point, task in chosen.items()},
        )  # fmt: skip
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

    fits_network = task.recorded.run.data.tags.get("reprise.family") == "nn"
    needs = tuple(by_name[name] for name in here)
    preload = (_NETWORK,) if fits_network else ()
    alone = task.entry_point == "tune"
    return Step(task.entry_point, needs, parameters, lambda _: preload, alone=alone)


def _skipped(task: Task) -> Outcome:
    return Outcome("SKIPPED", None, 0.0, f"needs {', '.join(task.needs)}")


def _in_experiment(run: Run, experiment: str) -> Run:
    """The run as if it were in this experiment, so that its children come to lie there."""
    facts = dict(run.info) | {"experiment_id": experiment}
    known = ("run_id", "experiment_id", "user_id", "status", "start_time", "end_time",
             "lifecycle_stage", "artifact_uri", "run_name")  # fmt: skip
    return Run(RunInfo(**{name: facts.get(name) for name in known}), run.data)
