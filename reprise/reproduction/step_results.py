"""What came out of each step when it was done again, beside what was recorded of it."""

from dataclasses import replace

from mlflow.entities.model_registry import ModelVersion

from reprise.provenance.output_files import sealed_files
from reprise.reproduction.findings import Findings
from reprise.reproduction.integrity import TEST
from reprise.reproduction.plan import REGISTER, Task
from reprise.reproduction.remeasure import Measured, measure
from reprise.reproduction.step_outputs import compare_models, compare_table, compare_test_part
from reprise.reproduction.value_comparison import (
    Comparison,
    compare_metrics,
    compare_values,
    forgive,
)
from reprise.reproduction.verdict import StepResult
from reprise.tracking.contract import (
    CANDIDATE_TAG,
    INPUT_DATA_TAG,
    MODEL,
    MODEL_DIGEST_TAG,
    REFIT_TAG,
    TABLE,
)
from reprise.tracking.uris import run_uri

TEST_PART = "test part"


def result_of(found: Findings, task: Task, tolerance: float) -> StepResult:
    """The step's outputs compared, or why there are none. Raises RepriseError like `measure`."""
    problems, error = found.problems[task.name], found.errors.get(task.name)
    if error is None and task.entry_point == REGISTER:
        return _register_result(found, task, tolerance)
    outcome = found.outcomes.get(task.name)
    run = outcome.run if outcome and outcome.succeeded else None
    if outcome is not None and run is None:
        error = outcome.error
    comparisons: list[Comparison] = []
    original = task.recorded.run
    if task.entry_point == "prepare":
        data = found.data[task.name]
        if run is not None:  # what it has read, which may have changed once more
            data = replace(data, found=run.data.tags.get(INPUT_DATA_TAG, data.found))
        comparisons += data.comparisons
        if run is not None and run.info.run_id != task.recorded.id:
            comparisons += compare_table(original, run)
    elif run is not None:
        comparisons += compare_models(original, run, tolerance)
    reproduced = outcome.run.info.run_id if outcome and outcome.run else None
    if reproduced == task.recorded.id:
        reproduced = None  # gone on from, not done again
        error = found.data[task.name].change
    return StepResult(
        task.name, task.entry_point, task.recorded.id, reproduced, comparisons, problems, error
    )


def _register_result(found: Findings, task: Task, tolerance: float) -> StepResult:
    """The candidate that wins, its model and its test metrics; nothing is registered."""
    problems, original = found.problems[task.name], task.recorded.run
    measured = _measured(found, task)
    if measured is None:
        error = f"needs {', '.join(task.needs)}"
        return StepResult(task.name, REGISTER, task.recorded.id, None, [], problems, error)
    found.measured[task.name] = measured
    winner, tags = original.data.tags.get(CANDIDATE_TAG, ""), original.data.tags
    names = _names(found, task)
    comparisons = [
        compare_values("winner", names.get(winner, winner), names.get(measured.run, measured.run))
    ]
    refitted = MODEL_DIGEST_TAG in tags or any(
        name.startswith(f"{MODEL}/") for name in sealed_files(original)[0]
    )
    if refitted:  # else the model is the candidate's own, compared with that
        predictions = compare_test_part(original, measured.predictions, tolerance)
        digest = compare_values("digest of model", tags.get(MODEL_DIGEST_TAG), measured.digest)
        comparisons += [forgive(digest, predictions), predictions]
    comparisons += compare_metrics(original.data.metrics, measured.metrics, tolerance)
    return StepResult(task.name, REGISTER, task.recorded.id, None, comparisons, problems)


def _measured(found: Findings, task: Task) -> Measured | None:
    """What the task would register now; None where a step that it needs was not done again."""
    for name in task.candidates:  # a version that an earlier register had fitted again
        if found.plan.tasks[name].entry_point == REGISTER:
            return found.measured.get(name)
    outcomes = [found.outcomes.get(name) for name in task.needs]
    runs = [outcome.run for outcome in outcomes if outcome and outcome.succeeded and outcome.run]
    if len(runs) < len(outcomes):
        return None
    table, *candidates = runs
    metric = task.parameters({task.table or "": table}).get("metric", "auto")
    refit = task.recorded.run.data.tags.get(REFIT_TAG, "none")
    uri = run_uri(table.info.run_id, TABLE)
    return measure(found.places[task.name], candidates, uri, metric, refit)


def _names(found: Findings, task: Task) -> dict[str, str]:
    """The task of each candidate, by the id of its run, then and now.

    Those of an earlier register where a version of that is the candidate.
    """
    names: dict[str, str] = {}
    for name in task.candidates:
        candidate, outcome = found.plan.tasks[name], found.outcomes.get(name)
        if candidate.entry_point == REGISTER:
            names |= _names(found, candidate)
        names[candidate.recorded.id] = name
        if outcome is not None and outcome.run is not None:
            names[outcome.run.info.run_id] = name
    return names


def version_results(found: Findings, version: ModelVersion, tolerance: float) -> list[StepResult]:
    """The model and the test metrics that a version was registered with, measured again.

    Nothing of a version that a person made by hand, which says nothing of them.
    """
    recorded = {name: float(text) for name, text in version.tags.items() if name.startswith(TEST)}
    if not recorded and MODEL_DIGEST_TAG not in version.tags:
        return []
    name = f"{TEST_PART} (version {version.version})"
    *_, task = found.plan.tasks.values()
    measured = found.measured.get(task.name) or _measured_alone(found, task)
    if measured is None:
        error = f"needs {task.name}"
        return [StepResult(name, REGISTER, task.recorded.id, None, error=error)]
    digest = compare_values("digest of model", version.tags.get(MODEL_DIGEST_TAG), measured.digest)
    if task.entry_point == REGISTER:
        predictions = compare_test_part(task.recorded.run, measured.predictions, tolerance)
        digest = forgive(digest, predictions)
    comparisons = [digest, *compare_metrics(recorded, measured.metrics, tolerance)]
    return [StepResult(name, REGISTER, task.recorded.id, None, comparisons)]


def _measured_alone(found: Findings, task: Task) -> Measured | None:
    """The test of the model that the task has trained again, which is the version's own."""
    outcomes = [found.outcomes.get(name) for name in (task.table or "", task.name)]
    runs = [outcome.run for outcome in outcomes if outcome and outcome.succeeded and outcome.run]
    if len(runs) < len(outcomes):
        return None
    table = run_uri(runs[0].info.run_id, TABLE)
    return measure(found.places[task.name], runs[1:], table, "auto", "none")
