"""Entry point main: the whole pipeline under one parent run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprise.models import FAMILIES
from steps import parameters
from steps.command import parse_step, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import Run

    from reprise.pipeline.runner import Outcome


@step("main", starts_server=True, reusable=False)
@parameters.raw_table
@parameters.option("models", "elasticnet,rf,gbm,nn", str, "families to train, separated by commas")
@parameters.option("tune_model", "best", parameters.OneOf("best", "none", *FAMILIES),
                   "family to tune: best on validation rows, a family, or none")  # fmt: skip
@parameters.search
@parameters.option("ensemble", "blend", parameters.OneOf("blend", "none"),
                   "blend: a blend of the models as one more candidate; or none")  # fmt: skip
@parameters.metric
@parameters.registration
@parameters.parallel
@parameters.option("cache", "use", parameters.OneOf("use", "refresh", "off"),
                   "finished steps: use, refresh (compute again) or off")  # fmt: skip
@parameters.option("execution", "warm", parameters.OneOf("warm", "mlflow-run"),
                   "how steps start: forked from a warm process, or by mlflow run")  # fmt: skip
@parameters.option("dirty", "allow", parameters.OneOf("allow", "refuse"),
                   "code unlike its commit: allow (the diff is kept) or refuse")  # fmt: skip
def command(**options: str | int | float) -> None:
    """Prepare, train, tune and register; ends with the champion, or says why there is none."""
    import mlflow

    from reprise import notes, report
    from reprise.errors import RepriseError
    from reprise.pipeline.graph import build_pipeline
    from reprise.pipeline.runner import Execution, Runner
    from steps.progress import Progress, print_summary

    check(options)
    steps = build_pipeline(options)
    parent = mlflow.active_run()
    function = "steps.command:execute_step" if options["execution"] == "warm" else None
    execution = Execution(function, parse_step, int(options["workers"]), str(options["cache"]))
    with Progress(len(steps)) as progress:
        outcomes = Runner(parent, execution, progress.show).run(steps)
    print_summary(outcomes, str(options["model_name"]), parent)
    failed = [f"{name}: {outcome.error}" for name, outcome in outcomes.items()
              if outcome.status == "FAILED"]  # fmt: skip
    needs = {step.entry_point: step.needs for step in steps}
    found = report.Result(
        mlflow.get_run(parent.info.run_id), options, outcomes, needs, "; ".join(failed)
    )
    mlflow.log_text(report.render(found), report.NAME)
    if failed:
        mlflow.set_tags(notes.reported(parent, report.NAME))
        raise RepriseError("; ".join(failed))
    _log_winner(parent, outcomes)


def _log_winner(parent: Run, outcomes: Mapping[str, Outcome]) -> None:
    """Repeat the winner's test metrics and version on the parent run, with a note of it all."""
    import mlflow

    from reprise import notes, report
    from steps.progress import candidates

    names = ("reprise.family", "reprise.version", "reprise.alias", "reprise.candidate")
    runs = {name: outcome.run for name, outcome in outcomes.items() if outcome.run}
    registered = runs["register"]
    tags, values = registered.data.tags, registered.data.metrics
    tested = {name: value for name, value in values.items() if name.startswith("test_")}
    mlflow.log_metrics(tested)
    answer = notes.champion(
        tags["reprise.family"], tested, tags["reprise.model_name"], tags["reprise.version"],
        tags["reprise.reason"],
    )  # fmt: skip
    compared = [name.removeprefix("test_") for name in tested]
    note = notes.finished(parent, answer, candidates(outcomes), compared, report.NAME)
    mlflow.set_tags({name: tags[name] for name in names} | note)
    _link(parent, runs)


def _link(parent: Run, runs: Mapping[str, Run]) -> None:
    """Link the datasets and models of the steps to the parent run."""
    import mlflow
    from mlflow.entities import LoggedModelOutput

    from reprise.lineage.artifacts import MODEL_ID

    client, run_id = mlflow.MlflowClient(), parent.info.run_id
    inputs = runs["prepare"].inputs
    if inputs:
        client.log_inputs(run_id, inputs.dataset_inputs)
    models = [run.data.tags[MODEL_ID] for run in runs.values() if MODEL_ID in run.data.tags]
    client.log_outputs(run_id, [LoggedModelOutput(model, step=0) for model in models])


def check(options: dict[str, str | int | float]) -> None:
    """Raise RepriseError for whatever can be seen to be wrong before anything runs."""
    from reprise import registry
    from reprise.errors import RepriseError
    from reprise.evaluation import CLASSIFICATION_METRICS, REGRESSION_METRICS
    from reprise.lineage.source import check_clean, read_source
    from reprise.raw.fetching import check_source
    from reprise.search.workers import check_scheduler
    from reprise.splitting import check_fractions, parse_split

    if options["dirty"] == "refuse":
        check_clean(read_source())
    check_source(str(options["data"]))
    parse_split(str(options["split"]))
    check_fractions(float(options["validation_fraction"]), float(options["test_fraction"]))
    registry.check_name(str(options["model_name"]))
    registry.parse_gate(str(options["gate"]))
    check_scheduler(str(options["scheduler"]))
    known = ["auto", *REGRESSION_METRICS, *CLASSIFICATION_METRICS]
    if options["metric"] not in known:
        raise RepriseError(
            f"metric must be one of {', '.join(known)}, got '{options['metric']}': choose one"
        )


if __name__ == "__main__":
    command()
