"""What tune logs of its trials: a nested run each, and one table of all."""

from collections.abc import Callable

import click
import mlflow
import pandas as pd
from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from reprise.evaluation import is_better
from reprise.lineage import owner
from reprise.search import SearchResult, Trial


def trial_logger(metric: str) -> Callable[[Trial], None]:
    """A function that logs a trial as a nested run of the active one and shows the best so far."""
    client = mlflow.MlflowClient()
    parent = mlflow.active_run()
    if parent is None:
        raise RuntimeError("trials are logged under an active run")
    best: list[Trial] = []

    def log(trial: Trial) -> None:
        started, ended = (round(1000 * t) for t in (trial.started, trial.started + trial.seconds))
        tags = {
            MLFLOW_PARENT_RUN_ID: parent.info.run_id,
            MLFLOW_RUN_NAME: f"trial {trial.number}",
            owner.TAG: owner.owner(),
        }
        run = client.create_run(parent.info.experiment_id, started, tags)
        values = {f"fold_{fold}_{metric}": v for fold, v in enumerate(trial.fold_values)}
        values["seconds"] = trial.seconds
        if trial.reason is None:
            values[f"cv_{metric}"] = trial.value
        reason = [] if trial.reason is None else [RunTag("reprise.error", trial.reason[:5000])]
        client.log_batch(
            run.info.run_id,
            [Metric(name, value, ended, 0) for name, value in values.items()],
            [Param(name, str(value)) for name, value in trial.params.items()],
            reason,
        )
        client.set_terminated(run.info.run_id, "FAILED" if trial.reason else "FINISHED", ended)
        if trial.reason is None and (not best or is_better(metric, trial.value, best[-1].value)):
            best.append(trial)
        shown = f", best {metric} {best[-1].value:.6g}" if best else ""
        click.echo(f"trial {trial.number}: {trial.reason or f'{trial.value:.6g}'}{shown}")

    return log


def log_search(result: SearchResult) -> None:
    """Log trials.csv, and the best trial's value and hyperparameters, to the active run."""
    table = pd.DataFrame(
        [
            {"trial": t.number, **t.params, result.metric: t.value, "seconds": t.seconds}
            for t in result.trials
        ]
    )
    mlflow.log_text(table.to_csv(index=False), "trials.csv")
    mlflow.log_metrics({f"cv_{result.metric}": result.best.value, "trials": len(result.trials)})
    mlflow.set_tags({f"reprise.best.{name}": v for name, v in result.best.params.items()})
