"""Entry point tune: search the hyperparameters of one family."""

from reprise.tracking.contract import TRIALS
from steps import parameters
from steps.command import step
from steps.echo import say
from steps.run import current_context
from steps.terminal import telling


@step("tune")
@parameters.table
@parameters.model_family
@parameters.search
@parameters.option("batch", 4, parameters.whole(1, 10_000), "trials proposed together")
@parameters.option("folds", 5, parameters.whole(2, 100), "folds of the cross-validation")
@parameters.metric
@parameters.parallel
@parameters.seed
def command(
    table: str,
    model: str,
    trials: int,
    sampler: str,
    pruner: str,
    batch: int,
    folds: int,
    metric: str,
    workers: int,
    scheduler: str,
    seed: int,
) -> None:
    """Cross-validate trials on the train part; leaves a nested run each and the refitted best."""

    from reprise.data.datasets import log_parts, open_prepared
    from reprise.evaluation.metrics import resolve_metric
    from reprise.models.families import get_family
    from reprise.tracking import descriptions
    from reprise.tracking.runs import active_run
    from reprise.training.model_record import log_record, record_trained
    from reprise.training.search.log_trials import log_pictures, log_search
    from reprise.training.search.trial import Search
    from reprise.training.search.tuning import tune

    prepared = open_prepared(table)
    schema, family = prepared.schema, get_family(model)
    chosen = resolve_metric(metric, schema.task)
    rules = (sampler, trials, batch, folds, seed, pruner, schema.divided)
    search = Search(family, schema.task, chosen, *rules)
    rows = prepared.learning_rows()
    log_parts(prepared, "train", "validation")
    with telling() as report:
        tuned = tune(search, rows, workers, scheduler, current_context() is not None, report)
    log_search(tuned.result)
    best = tuned.result.best
    told = f"best of {len(tuned.result.trials)} trials: {chosen} {best.value:.6g}"
    say(f"{told} with {best.chosen}")
    pages = descriptions.run_link(active_run(), "The search", "search/search.html")
    note = f"{told.capitalize()}, the mean of {folds} folds. {pages}."
    say(f"model: {log_record(record_trained(tuned.trained, schema, note), TRIALS)}")
    log_pictures(tuned.pictures)


if __name__ == "__main__":
    command()
