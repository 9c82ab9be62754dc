"""Entry point main: the whole pipeline under one parent run."""

from steps import parameters
from steps.command import execute_step, parse_step, step


@step("main")
@parameters.raw_table
@parameters.option("models", "elasticnet,rf,gbm,nn", str, "families to train, separated by commas")
@parameters.option("tune_model", "best", parameters.OneOf("best", "none", *parameters.FAMILIES),
                   "family to tune: best on validation rows, a family, or none")  # fmt: skip
@parameters.search
@parameters.metric
@parameters.registration
@parameters.parallel
@parameters.option("cache", "use", parameters.OneOf("use", "refresh", "off"),
                   "whether finished steps are reused")  # fmt: skip
def command(**options: str | int | float) -> None:
    """Prepare, train, tune and register; ends with the champion, or says why there is none."""
    import mlflow

    from reprise.errors import RepriseError
    from reprise.pipeline import build_pipeline
    from reprise.runner import Runner, start_warm_server
    from steps.progress import Progress, print_summary

    check(options)
    steps = build_pipeline(options)
    start_warm_server()
    parent = mlflow.active_run()
    with Progress(len(steps)) as progress:
        workers, cache = int(options["workers"]), str(options["cache"])
        runner = Runner(parent, workers, cache, execute_step, parse_step, progress.show)
        outcomes = runner.run(steps)
    print_summary(outcomes, str(options["model_name"]), parent)
    failed = [f"{name}: {outcome.error}" for name, outcome in outcomes.items()
              if outcome.status == "FAILED"]  # fmt: skip
    if failed:
        raise RepriseError("; ".join(failed))
    winner = outcomes["register"].run
    tested = {key: value for key, value in winner.data.metrics.items() if key.startswith("test_")}
    mlflow.log_metrics(tested)
    mlflow.set_tags(
        {
            name: winner.data.tags[name]
            for name in ("reprise.family", "reprise.version", "reprise.alias", "reprise.candidate")
        }
    )


def check(options: dict[str, str | int | float]) -> None:
    """Raise RepriseError for whatever can be seen to be wrong before anything runs."""
    from reprise import registry
    from reprise.errors import RepriseError
    from reprise.evaluation import CLASSIFICATION_METRICS, REGRESSION_METRICS
    from reprise.fetching import check_source
    from reprise.splitting import check_fractions, parse_split
    from reprise.workers import check_scheduler

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
