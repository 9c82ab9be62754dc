"""What train_* and tune log of a fitted model."""

import tempfile
from pathlib import Path

import click
import mlflow
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.dataset_source_registry import resolve_dataset_source

from reprise import packaging, plots
from reprise.evaluation import resolve_metric
from reprise.importance import permutation_importance
from reprise.lineage.cache import log_files
from reprise.lineage.environment import threads
from reprise.lineage.runs import step_run
from reprise.lineage.uris import run_uri
from reprise.models.family import Family
from reprise.schema import Schema
from reprise.table import ARTIFACT, Part, PreparedTable, digest_of, joined
from reprise.training import Trained, train

PREDICTIONS = "predictions/validation.parquet"


def run_training(family: Family, table: str, seed: int, **hyperparameters: int | float) -> None:
    """The whole of a train_* step: open the table, fit, log, print."""
    prepared = open_table(table)
    log_parts(prepared, "train", "validation")
    trained = train(family, prepared, hyperparameters, seed, threads())
    uri = log_trained(trained, prepared, seed)
    click.echo(f"model: {uri}")


def open_table(uri: str) -> PreparedTable:
    """The prepared table behind the URI that `prepare` printed; not yet read."""
    run = step_run(uri, ("prepare",), "table")
    folder = mlflow.artifacts.download_artifacts(run_uri(run.info.run_id, ARTIFACT))
    return PreparedTable(Path(folder), uri)


def log_parts(table: PreparedTable, *names: str) -> None:
    """Log the parts that a step reads as its dataset inputs."""
    for name in names:
        log_part(table.read(name), name, table.schema)


def log_part(part: Part, name: str, schema: Schema) -> None:
    """Log one part as a dataset input of the active run: its source and its digest.

    MLflow keeps 36 characters of a digest: these are the first of the sha256.
    """
    dataset = mlflow.data.from_pandas(
        joined(part),
        source=_dataset_source(schema.source),
        targets=schema.target,
        name=name,
        digest=schema.digests[name][:36],
    )
    mlflow.log_input(dataset, context=name)


def _dataset_source(source: str) -> DatasetSource:
    try:
        return resolve_dataset_source(source)
    except mlflow.MlflowException:
        # MLflow knows neither runs:/ nor sklearn: as the source of a dataset.
        return CodeDatasetSource({"data": source})


def log_trained(trained: Trained, table: PreparedTable, seed: int) -> str:
    """Log model, metrics, pictures, importance and predictions; return the model's URI."""
    schema, validation = table.schema, trained.validation
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        logged = packaging.log_model(
            trained.fitted,
            trained.family,
            schema,
            validation.X,
            dict(trained.hyperparameters),
            Path(folder),
        )
    metrics = {**trained.metrics, "fit_seconds": trained.seconds, "model_bytes": logged.size}
    mlflow.log_metrics(metrics, model_id=logged.model_id)
    for name, values in trained.curves.items():
        for epoch, value in enumerate(values, start=1):
            mlflow.log_metric(f"epoch_{name}", value, step=epoch)
    importance = permutation_importance(
        trained.model,
        schema.task,
        validation.X,
        validation.y,
        resolve_metric("auto", schema.task),
        seed,
    )
    mlflow.log_text(importance.table.to_csv(index=False), "importance.csv")
    figures = plots.draw_all(schema.task, validation.y, trained.prediction)
    figures["importance"] = plots.importance(importance)
    if trained.curves:
        figures["loss_curve"] = plots.loss_curve(trained.curves["loss"], trained.curves["val_loss"])
    for name, figure in figures.items():
        mlflow.log_figure(figure, f"plots/{name}.png")
    log_predictions(trained.prediction.to_frame(validation.y))
    log_files(packaging.NAME, str(Path(PREDICTIONS).parent))
    mlflow.set_tags({f"reprise.digest.{name}": value for name, value in trained.digests.items()})
    mlflow.set_tag("reprise.input.table", digest_of(schema))
    mlflow.set_tags({"reprise.family": trained.family.name, "reprise.model_id": logged.model_id})
    run = mlflow.active_run()
    return run_uri(run.info.run_id, packaging.NAME) if run else logged.uri


def log_predictions(frame: pd.DataFrame) -> None:
    """Log the validation predictions as Parquet."""
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        path = Path(folder) / Path(PREDICTIONS).name
        frame.to_parquet(path, index=False)
        mlflow.log_artifact(str(path), str(Path(PREDICTIONS).parent))
