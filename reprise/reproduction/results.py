"""What came out of each step when it was done again, beside what was recorded of it."""

from mlflow.entities.model_registry import ModelVersion

from reprise.lineage.uris import run_uri
from reprise.reproduction import rerun
from reprise.reproduction.comparison import Comparison, compare_metrics, compare_values
from reprise.reproduction.findings import Findings
from reprise.reproduction.outputs import compare_models, compare_table
from reprise.reproduction.plan import REGISTER, Task
from reprise.reproduction.verdict import StepResult
from reprise.table import ARTIFACT

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
        comparisons += found.data[task.name].comparisons
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
    """The candidate that wins and its test metrics; nothing is registered."""
    problems, original = found.problems[task.name], task.recorded.run
    outcomes = [found.outcomes[name] for name in task.needs]
    if not all(outcome.succeeded for outcome in outcomes):
        error = f"needs {', '.join(task.needs)}"
        return StepResult(task.name, REGISTER, task.recorded.id, None, [], problems, error)
    table, *candidates = [outcome.run for outcome in outcomes if outcome.run]
    metric = task.parameters({task.table or "": table}).get("metric", "auto")
    best, metrics = rerun.measure(
        found.places[task.name], candidates, run_uri(table.info.run_id, ARTIFACT), metric
    )
    by_id = {found.plan.tasks[name].recorded.id: name for name in task.candidates}
    by_id |= {run.info.run_id: name for name, run in zip(task.candidates, candidates, strict=True)}
    winner = original.data.tags.get("reprise.candidate", "")
    comparisons = [compare_values("winner", by_id.get(winner, winner), by_id[best])]
    comparisons += compare_metrics(original.data.metrics, metrics, tolerance)
    return StepResult(task.name, REGISTER, task.recorded.id, None, comparisons, problems)


def version_results(found: Findings, version: ModelVersion, tolerance: float) -> list[StepResult]:
    """The test metrics that a model version was registered with, measured again."""
    recorded = {
        name: float(text) for name, text in version.tags.items() if name.startswith("test_")
    }
    *_, task = found.plan.tasks.values()
    outcomes = [found.outcomes.get(name) for name in (task.table or "", task.name)]
    runs = [outcome.run for outcome in outcomes if outcome and outcome.succeeded and outcome.run]
    if not recorded or len(runs) != len(outcomes):
        return []
    table = run_uri(runs[0].info.run_id, ARTIFACT)
    _, metrics = rerun.measure(found.places[task.name], runs[1:], table, "auto")
    digest = "reprise.digest.model"
    comparisons = [
        compare_values("digest of model", version.tags.get(digest), runs[1].data.tags.get(digest)),
        *compare_metrics(recorded, metrics, tolerance),
    ]
    name = f"{TEST_PART} (version {version.version})"
    return [StepResult(name, REGISTER, task.recorded.id, None, comparisons)]
