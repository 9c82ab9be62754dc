"""Entry point main: the whole pipeline under one parent run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprise.models.families import FAMILIES
from reprise.tracking.contract import (
    ALIAS_TAG,
    CANDIDATE_TAG,
    FAMILY_TAG,
    MODEL_ID_TAG,
    MODEL_NAME_TAG,
    REASON_TAG,
    REPORT,
    VERSION_TAG,
)
from steps import parameters
from steps.command import EXECUTE, parse_step, server_settings, step
from steps.main_options import MainOptions
from steps.run import current_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

    from reprise.reports.main.result import Result


@step("main", starts_server=True, reusable=False)
@parameters.raw_table
@parameters.option("models", "elasticnet,rf,gbm,nn", str, "families to train, separated by commas")
@parameters.option(
    "tune_model",
    "best",
    parameters.OneOf("best", "none", *FAMILIES),
    "family to tune: best on validation rows, a family, or none",
)
@parameters.search
@parameters.option(
    "ensemble",
    "blend",
    parameters.OneOf("blend", "none"),
    "blend: a blend of the models as one more candidate; or none",
)
@parameters.metric
@parameters.registration
@parameters.parallel
@parameters.option(
    "cache",
    "use",
    parameters.OneOf("use", "refresh", "off"),
    "finished steps: use, refresh (compute again) or off",
)
@parameters.option(
    "execution",
    "warm",
    parameters.OneOf("warm", "mlflow-run"),
    "how steps start: forked from a warm process, or by mlflow run",
)
@parameters.option(
    "dirty",
    "allow",
    parameters.OneOf("allow", "refuse"),
    "code unlike its commit: allow (the diff is kept) or refuse",
)
def command(**given: Any) -> None:
    """Prepare, train, tune and register; ends with the champion, or says why there is none."""
    import mlflow

    from reprise.errors import RepriseError
    from reprise.reports.main.main_page import render
    from reprise.tracking import descriptions
    from reprise.tracking.runs import active_run
    from steps.main_output import print_summary

    options = MainOptions(**given)
    check(options)
    result = run_pipeline(options, active_run())
    print_summary(result)
    mlflow.log_text(render(result), REPORT)
    if result.failure:
        mlflow.set_tags(descriptions.reported(result.parent, REPORT))
        raise RepriseError(result.failure)
    _log_winner(result)


def run_pipeline(options: MainOptions, parent: Run) -> Result:
    """Run the steps that these options ask for, as children of `parent`."""
    import mlflow

    from reprise.pipeline.runner import Execution, Runner
    from reprise.reports.main.result import Result
    from steps.graph import build_pipeline
    from steps.main_output import Progress

    steps = build_pipeline(options)
    function = EXECUTE if options.execution == "warm" else None
    how = server_settings(), parse_step, options.workers, options.cache
    execution = Execution(function, *how, current_source())
    with Progress(len(steps)) as progress:
        outcomes = Runner(parent, execution, progress.show).run(steps)
    needs = {step.entry_point: step.needs for step in steps}
    return Result(mlflow.get_run(parent.info.run_id), options.texts(), outcomes, needs)


def _log_winner(result: Result) -> None:
    """Repeat the winner's test metrics and version on the parent run, with a note of it all."""
    import mlflow

    from reprise.tracking import descriptions

    names = (FAMILY_TAG, VERSION_TAG, ALIAS_TAG, CANDIDATE_TAG)
    runs = {name: outcome.run for name, outcome in result.outcomes.items() if outcome.run}
    registered = runs["register"]
    tags, values = registered.data.tags, registered.data.metrics
    tested = {name: value for name, value in values.items() if name.startswith("test_")}
    mlflow.log_metrics(tested)
    answer = descriptions.champion(
        tags[FAMILY_TAG],
        tested,
        tags[MODEL_NAME_TAG],
        tags[VERSION_TAG],
        tags[REASON_TAG],
    )
    compared = [name.removeprefix("test_") for name in tested]
    candidates = [(candidate.name, candidate.run) for candidate in result.candidates]
    note = descriptions.finished(result.parent, answer, candidates, compared, REPORT)
    mlflow.set_tags({name: tags[name] for name in names} | note)
    _link(result.parent, runs)


def _link(parent: Run, runs: Mapping[str, Run]) -> None:
    """Link the datasets and models of the steps to the parent run."""
    import mlflow
    from mlflow.entities import LoggedModelOutput

    client, run_id = mlflow.MlflowClient(), parent.info.run_id
    inputs = runs["prepare"].inputs
    if inputs:
        client.log_inputs(run_id, inputs.dataset_inputs)
    models = [run.data.tags[MODEL_ID_TAG] for run in runs.values() if MODEL_ID_TAG in run.data.tags]
    client.log_outputs(run_id, [LoggedModelOutput(model, step=0) for model in models])


def check(options: MainOptions) -> None:
    """Raise RepriseError for whatever can be seen to be wrong before anything runs."""
    from reprise.data.contracts.contract_source import load_contract
    from reprise.data.sources import check_source
    from reprise.errors import RepriseError
    from reprise.evaluation.metrics import metrics_of
    from reprise.provenance.signing import own_key
    from reprise.provenance.source import check_clean
    from reprise.registry.gate import parse_gate
    from reprise.registry.versions import check_name
    from reprise.training.search.scheduler import check_scheduler

    if options.dirty == "refuse":
        check_clean(current_source())
    check_source(options.data)
    load_contract(options.contract)
    options.split_options()
    check_name(options.model_name)
    parse_gate(options.gate)
    check_scheduler(options.scheduler)
    own_key()
    known = ["auto", *metrics_of(None)]
    if options.metric not in known:
        raise RepriseError(
            f"metric must be one of {', '.join(known)}, got '{options.metric}': choose one"
        )


if __name__ == "__main__":
    command()
