"""Entry point tune: search the hyperparameters of one family."""

import click

from steps import parameters
from steps.command import step


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
    import mlflow

    from reprise import notes
    from reprise.evaluation import resolve_metric
    from reprise.fitting.training import train
    from reprise.lineage.environment import threads
    from reprise.models import get_family
    from reprise.search import Search, run_search
    from reprise.search.plots import draw_search
    from reprise.search.proposals import planned
    from reprise.search.workers import open_pool
    from steps.datasets import log_parts
    from steps.models import log_trained, open_table
    from steps.saying import telling
    from steps.trials import TrialLog, earlier_trials, log_pictures, log_search

    prepared = open_table(table)
    family = get_family(model)
    chosen = resolve_metric(metric, prepared.schema.task)
    task, rule = prepared.schema.task, prepared.schema.split["rule"]
    search = Search(family, task, chosen, sampler, trials, batch, folds, seed, pruner, rule)
    learning = prepared.read("train")
    log_parts(prepared, "train", "validation")
    known, runs = earlier_trials(chosen)
    with (
        telling() as report,
        TrialLog(chosen, runs, planned(search), report) as log,
        open_pool(workers, scheduler) as pool,
    ):
        result = run_search(search, learning, pool, log.add, known)
        pictures = pool.map(draw_search, [(chosen, result.trials, family, seed)])
        log_search(result)
        best = result.best
        told = f"best of {len(result.trials)} trials: {chosen} {best.value:.6g}"
        click.echo(f"{told} with {best.chosen}")
        fixed = bool(best.settled)
        trained = train(family, prepared, best.chosen, seed, threads(), fixed, report)
        pages = notes.run_link(mlflow.active_run(), "The search", "search/search.html")
        note = f"{told.capitalize()}, the mean of {folds} folds. {pages}."
        click.echo(f"model: {log_trained(trained, prepared, seed, note)}")
        log_pictures(next(pictures))


if __name__ == "__main__":
    command()
