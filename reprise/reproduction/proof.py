"""Does a past result again and proves that it comes out the same, or names what does not."""

from collections.abc import Callable
from dataclasses import replace

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from reprise.errors import RepriseError
from reprise.pipeline.outcome import Event
from reprise.pipeline.runner import Execution
from reprise.provenance.recorded_run import Recorded
from reprise.reproduction import rerun
from reprise.reproduction.checkout import Trees
from reprise.reproduction.findings import Findings
from reprise.reproduction.integrity import (
    copy_problems,
    main_problems,
    model_problems,
    record_problems,
)
from reprise.reproduction.interpreter import interpreter_of
from reprise.reproduction.plan import REGISTER, Plan, Task
from reprise.reproduction.source_data import fetch_again, is_split_intact
from reprise.reproduction.step_results import result_of, version_results
from reprise.reproduction.verdict import Reproduction
from reprise.tracking.artifact_place import check_place
from reprise.tracking.contract import CACHED_FROM_TAG, REPRODUCED_TAG
from reprise.tracking.orphans import end_orphans
from reprise.tracking.runs import registered_version
from reprise.tracking.store import experiment_named


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
    to be had, or the experiment of the steps that are done again cannot take their artifacts.
    """
    experiment = _experiment_beside(parent)
    found = Findings(
        plan,
        {name: record_problems(task.recorded) for name, task in plan.tasks.items()},
        {
            name: fetch_again(task.recorded)
            for name, task in plan.tasks.items()
            if task.entry_point == "prepare"
        },
    )
    of_main = _problems_of_main(plan)
    version = registered_version(plan.of)
    problems = [*of_main, *model_problems(plan.of, version)]
    for phrase in [*found.levels, *problems, *found.edited, *found.changes]:
        say(phrase)
    with Trees(sealed_only=plan.capsule is not None) as trees:
        _find_places(found, trees)
        _run_again(found, parent, experiment, execution, show)
        steps = [result_of(found, task, tolerance) for task in plan.tasks.values()]
        notes = found.notes()
        if version is not None:
            of_version = version_results(found, version, tolerance)
            steps += of_version
            notes += [] if of_version else ["the version says nothing of a test"]
    result = Reproduction(
        plan.of,
        plan.target.id,
        plan.target.entry_point,
        tolerance,
        steps,
        notes,
        found.reasons(steps, problems),
        problems,
    )
    _tag(result, of_main, plan, version)
    return result


def _experiment_beside(parent: Run) -> str:
    """The id of the experiment for what is done again, which can take artifacts."""
    experiment = experiment_named(rerun.EXPERIMENT, parent.info.experiment_id)
    check_place(mlflow.get_experiment(experiment))
    end_orphans(parent, experiment)
    return experiment


def _problems_of_main(plan: Plan) -> list[str]:
    if plan.target.entry_point != "main":
        return []
    children = plan.target.own_children
    found = main_problems(plan.target, children)
    for child in children:
        if CACHED_FROM_TAG in child.run.data.tags:
            found += copy_problems(child, Recorded.behind(child.run))
    return found


def _find_places(found: Findings, trees: Trees) -> None:
    """Where each task is done again. A record that was edited may name nothing that exists."""
    capsule = found.plan.capsule
    wheels = None if capsule is None else capsule.wheels
    for name, task in found.plan.tasks.items():
        try:
            tree = trees.of(task.recorded)
            interpreter = interpreter_of(task.recorded, wheels)
        except RepriseError as error:
            if not found.problems[name]:
                raise
            found.errors[name] = str(error)
        else:
            found.places[name] = rerun.Place(tree, interpreter, task.recorded.environment)


def _run_again(
    found: Findings,
    parent: Run,
    experiment: str,
    execution: Execution,
    show: Callable[[Event], None],
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
    found.outcomes = rerun.rerun(tasks, found.places, known, parent, experiment, execution, show)


def _tag(
    result: Reproduction, of_main: list[str], plan: Plan, version: ModelVersion | None
) -> None:
    """Tag the original runs, each step with its own verdict, and the version that was asked for.

    What is wrong with a version, beside the run that it was made from, is none of that run's.
    """
    client = mlflow.MlflowClient()
    verdicts = {step.name: step.verdict for step in result.steps}
    for name, task in plan.tasks.items():
        for run_id in dict.fromkeys((task.recorded.id, *task.twins)):
            client.set_tag(run_id, REPRODUCED_TAG, verdicts[name])
    own = [step for step in result.steps if step.name in plan.tasks]
    verdict = replace(result, steps=own, problems=of_main).verdict
    client.set_tag(result.run, REPRODUCED_TAG, verdict)
    if version is not None:
        client.set_model_version_tag(version.name, version.version, REPRODUCED_TAG, result.verdict)
