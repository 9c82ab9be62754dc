"""Does a past result again and proves that it comes out the same, or names what does not."""

from collections.abc import Callable
from contextlib import suppress

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.utils.models import get_model_name_and_version

from reprise.errors import RepriseError
from reprise.lineage.cache import CACHED_FROM, REPRODUCED
from reprise.lineage.owner import end_orphans
from reprise.lineage.recorded import Recorded
from reprise.lineage.store import experiment_named
from reprise.pipeline.runner import Event, Execution
from reprise.reproduction import rerun
from reprise.reproduction.checkout import Trees
from reprise.reproduction.environment import interpreter_of
from reprise.reproduction.findings import Findings
from reprise.reproduction.plan import REGISTER, Plan, Task
from reprise.reproduction.record import copy_problems, main_problems, record_problems
from reprise.reproduction.results import result_of, version_results
from reprise.reproduction.source_data import fetch_again, is_split_intact
from reprise.reproduction.verdict import Reproduction


def reproduce(
    plan: Plan,
    tolerance: float,
    parent: Run,
    execution: Execution,
    show: Callable[[Event], None],
    say: Callable[[str], None],
) -> Reproduction:
    """Do a plan's tasks again, as children of `parent`, and compare them output by output.

    Nothing is registered and the original is only tagged. `say` is told about changed data and an
    edited record before anything runs. Raises RepriseError where code or packages of a run are not
    to be had.
    """
    found = Findings(
        plan,
        {name: record_problems(task.recorded) for name, task in plan.tasks.items()},
        {name: fetch_again(task.recorded) for name, task in plan.tasks.items()
         if task.entry_point == "prepare"},
    )  # fmt: skip
    of_main = _problems_of_main(plan)
    version = _version_of(plan.of)
    for phrase in [*of_main, *found.edited, *found.changes]:
        say(phrase)
    with Trees() as trees:
        _find_places(found, trees)
        _run_again(found, parent, execution, show)
        steps = [result_of(found, task, tolerance) for task in plan.tasks.values()]
        if version is not None:
            steps += version_results(found, version, tolerance)
    result = Reproduction(
        plan.of, plan.target.id, plan.target.entry_point, tolerance, steps,
        found.notes(), found.reasons(steps, of_main), of_main,
    )  # fmt: skip
    _tag(result, plan, version)
    return result


def _problems_of_main(plan: Plan) -> list[str]:
    if plan.target.entry_point != "main":
        return []
    children = plan.target.own_children
    found = main_problems(plan.target, children)
    for child in children:
        if CACHED_FROM in child.run.data.tags:
            found += copy_problems(child, Recorded.behind(child.run))
    return found


def _find_places(found: Findings, trees: Trees) -> None:
    """Where each task is done again. A record that was edited may name nothing that exists."""
    for name, task in found.plan.tasks.items():
        try:
            tree, interpreter = trees.of(task.recorded), interpreter_of(task.recorded)
        except RepriseError as error:
            if not found.problems[name]:
                raise
            found.errors[name] = str(error)
        else:
            found.places[name] = rerun.Place(tree, interpreter)


def _run_again(
    found: Findings, parent: Run, execution: Execution, show: Callable[[Event], None]
) -> None:
    """Fill in the outcomes: of steps that were done again, and of splits that are gone on from."""
    known: dict[str, Run] = {}
    for name, data in found.data.items():
        if data.change:
            prepare = found.plan.tasks[name].recorded
            if is_split_intact(prepare):
                known[name] = prepare.run
            else:
                found.errors[name] = f"{data.change}, and the stored split is not intact"
    tasks: list[Task] = []
    for task in found.plan.tasks.values():
        lost = [need for need in task.needs if need in found.errors]
        if lost:
            found.errors.setdefault(task.name, f"needs {', '.join(lost)}")
        elif task.entry_point != REGISTER and task.name not in found.errors:
            tasks.append(task)
    experiment = experiment_named(rerun.EXPERIMENT, parent.info.experiment_id)
    end_orphans(experiment)
    found.outcomes = rerun.rerun(tasks, found.places, known, parent, experiment, execution, show)


def _version_of(of: str) -> ModelVersion | None:
    """The registered version that a models:/ URI names; None for whatever else `of` is."""
    client = mlflow.MlflowClient()
    with suppress(mlflow.MlflowException):
        if of.startswith("models:/"):
            return client.get_model_version(*get_model_name_and_version(client, of))
    return None


def _tag(result: Reproduction, plan: Plan, version: ModelVersion | None) -> None:
    """Tag the original runs, each step with its own verdict, and the version that was asked for."""
    client = mlflow.MlflowClient()
    verdicts = {step.name: step.verdict for step in result.steps}
    for name, task in plan.tasks.items():
        for run_id in dict.fromkeys((task.recorded.id, *task.twins)):
            client.set_tag(run_id, REPRODUCED, verdicts[name])
    client.set_tag(result.run, REPRODUCED, result.verdict)
    if version is not None:
        client.set_model_version_tag(version.name, version.version, REPRODUCED, result.verdict)
