"""What train_* and tune log of a fitted model."""

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import mlflow
import pandas as pd
from matplotlib.figure import Figure
from mlflow.entities import Metric

from reprise import card, evidence, notes, packaging, plots
from reprise.evaluation import Prediction, resolve_metric
from reprise.fitting.members import PREDICTIONS
from reprise.fitting.training import Trained, train
from reprise.importance import permutation_importance
from reprise.lineage.artifacts import MODEL_ID, local_artifact
from reprise.lineage.environment import threads
from reprise.lineage.files import log_files
from reprise.lineage.runs import step_run
from reprise.lineage.uris import run_uri
from reprise.models.family import Family
from reprise.registry.candidates import TEST_PREDICTIONS, Tested
from reprise.schema import Schema, Task
from reprise.table import ARTIFACT, PreparedTable, digest_of
from steps.datasets import log_parts
from steps.saying import telling

# MLflow takes at most as many in one call.
_MOST_METRICS = 1000


def run_training(family: Family, table: str, seed: int, **hyperparameters: int | float) -> None:
    """The whole of a train_* step: open the table, fit, log, print."""
    prepared = open_table(table)
    log_parts(prepared, "train", "validation")
    with telling() as report:
        trained = train(family, prepared, hyperparameters, seed, threads(), report=report)
    uri = log_trained(trained, prepared, seed)
    click.echo(f"model: {uri}")


def open_table(uri: str) -> PreparedTable:
    """The prepared table behind the URI that `prepare` printed; not yet read."""
    run = step_run(uri, ("prepare",), "table")
    return PreparedTable(local_artifact(run, ARTIFACT), uri)


def log_trained(trained: Trained, table: PreparedTable, seed: int, *told: str) -> str:
    """Log model, metrics, pictures, importance and predictions; return the model's URI.

    What is `told` besides stands first in the run's note.
    """
    schema = table.schema
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        contents = packaging.Contents(
            trained.family.name,
            packaging.write_files(trained.fitted, Path(folder)),
            trained.fitted.classes,
            [trained.recipe.to_json()],
            params=trained.hyperparameters,
        )
        logged = packaging.log_model(contents, schema, trained.validation.X, Path(folder))
    metrics = {**trained.metrics, "fit_seconds": trained.seconds, "model_bytes": logged.size}
    mlflow.log_metrics(metrics, model_id=logged.model_id)
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        _write_evidence(trained, schema, seed, Path(folder))
        mlflow.log_artifacts(folder)
    outputs = {f"reprise.digest.{name}": value for name, value in trained.digests.items()}
    facts = {"reprise.input.table": digest_of(schema), "reprise.family": trained.family.name}
    run = mlflow.active_run()
    title, chosen = trained.family.title, trained.hyperparameters
    note = notes.trained(run, title, trained.metrics, chosen, *told)
    mlflow.set_tags({**outputs, **facts, **note, MODEL_ID: logged.model_id})
    _log_curves(trained.curves)
    log_files(packaging.NAME, str(Path(PREDICTIONS).parent))
    return run_uri(run.info.run_id, packaging.NAME) if run else logged.uri


def _write_evidence(trained: Trained, schema: Schema, seed: int, folder: Path) -> None:
    """Write card.html, evidence.json, importance.csv, plots/*.png and the predictions."""
    validation, metric = trained.validation, resolve_metric("auto", schema.task)
    importance = permutation_importance(
        trained.model, schema.task, validation.X, validation.y, metric, seed
    )
    importance.table.to_csv(folder / "importance.csv", index=False)
    found = evidence.of_model(
        schema, validation, trained.prediction, trained.model, importance, trained.curves
    )
    made_of = "Hyperparameters", trained.hyperparameters
    page = card.card(trained.family.title, schema, trained.metrics, made_of, found, trained.seconds)
    write_evidence(folder, found, page)
    figures = {"importance": plots.importance(importance)}
    if trained.curves:
        figures["loss_curve"] = plots.loss_curve(trained.curves["loss"], trained.curves["val_loss"])
    write_pictures(schema.task, validation.y, trained.prediction, folder, figures)
    predictions = folder / PREDICTIONS
    predictions.parent.mkdir()
    trained.prediction.to_frame(validation.y).to_parquet(predictions, index=False)


def write_evidence(folder: Path, found: Mapping[str, Any], page: str) -> None:
    """Write evidence.json, and the card that is drawn from it, into `folder`."""
    (folder / evidence.FILE).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    (folder / card.PAGE).write_text(page, encoding="utf-8")


def write_pictures(
    task: Task,
    y: pd.Series,
    prediction: Prediction,
    folder: Path,
    further: Mapping[str, Figure] | None = None,
) -> None:
    """Write the pictures of a prediction, and `further` ones, into plots/ of `folder`."""
    (folder / "plots").mkdir()
    for name, figure in {**plots.draw_all(task, y, prediction), **(further or {})}.items():
        figure.savefig(folder / "plots" / f"{name}.png")


def log_tested(tested: Tested) -> None:
    """Log the predictions of the test part, and seal them beside the model that made them."""
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        path = Path(folder) / TEST_PREDICTIONS
        path.parent.mkdir()
        tested.prediction.to_frame(tested.part.y).to_parquet(path, index=False)
        mlflow.log_artifacts(folder)
    run = mlflow.get_run(mlflow.active_run().info.run_id)
    model = [packaging.NAME] if MODEL_ID in run.data.tags else []
    log_files(*model, str(Path(TEST_PREDICTIONS).parent))


def _log_curves(curves: dict[str, list[float]]) -> None:
    """Log each curve as a metric of the active run with the epoch, from 1, as its step."""
    now = int(1000 * time.time())
    points = [
        Metric(f"epoch_{name}", value, now, epoch)
        for name, values in curves.items()
        for epoch, value in enumerate(values, start=1)
    ]
    run = mlflow.active_run()
    for start in range(0, len(points) if run else 0, _MOST_METRICS):
        batch = points[start : start + _MOST_METRICS]
        mlflow.MlflowClient().log_batch(run.info.run_id, metrics=batch)
