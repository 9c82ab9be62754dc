"""The steps of chain.py: each is a process of its own and logs what people log."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from work import FOLDS, PARTS, TRIALS, columns, elastic_net, fit_network, forest, split_table


@click.group()
def steps() -> None:
    """Steps of the chain."""


@steps.command("prepare")
def prepare() -> None:
    """Split the table; leaves table/."""
    with mlflow.start_run(), tempfile.TemporaryDirectory() as folder:
        for name, part in split_table().items():
            part.to_parquet(Path(folder) / f"{name}.parquet")
            mlflow.log_metric(f"{name}_rows", len(part))
        mlflow.log_artifacts(folder, "table")


@steps.command("train_elasticnet")
@click.option("--table", required=True)
def train_elasticnet(table: str) -> None:
    """Fit an elastic net."""
    train(table, {"alpha": 0.001, "l1_ratio": 0.5}, elastic_net().fit)


@steps.command("train_rf")
@click.option("--table", required=True)
def train_rf(table: str) -> None:
    """Fit a forest."""
    train(table, {"n_estimators": 200}, forest().fit)


@steps.command("train_nn")
@click.option("--table", required=True)
def train_nn(table: str) -> None:
    """Fit a network."""
    train(table, {"units": 64, "epochs": 100}, fit_network)


@steps.command("tune")
@click.option("--table", required=True)
def tune(table: str) -> None:
    """Try the grid, a nested run for each trial, and fit the best again."""
    with mlflow.start_run():
        X, y = columns(read(table)["train"])
        errors = []
        for trial in TRIALS:
            with mlflow.start_run(nested=True):
                scores = cross_val_score(
                    elastic_net(**trial), X, y, cv=FOLDS, scoring="neg_root_mean_squared_error"
                )
                errors.append(-scores.mean())
                mlflow.log_params(trial)
                mlflow.log_metric("cv_rmse", errors[-1])
        best = TRIALS[errors.index(min(errors))]
        fit_and_log(
            table, {f"best_{name}": value for name, value in best.items()}, elastic_net(**best).fit
        )


@steps.command("register")
@click.option("--table", required=True)
@click.option("--candidates", required=True)
def register(table: str, candidates: str) -> None:
    """Test the candidate that is best on validation rows and register it."""
    with mlflow.start_run():
        runs = [mlflow.get_run(run_id) for run_id in candidates.split(",")]
        best = min(runs, key=lambda run: run.data.metrics["validation_rmse"])
        uri = f"runs:/{best.info.run_id}/model"
        mlflow.log_metrics(measure("test", mlflow.pyfunc.load_model(uri), read(table)["test"]))
        mlflow.register_model(uri, "chain")


def train(table: str, hyperparameters: dict[str, Any], fit: Callable[..., Any]) -> None:
    """One run: fit on train rows, measure on validation rows."""
    with mlflow.start_run():
        fit_and_log(table, hyperparameters, fit)


def fit_and_log(table: str, hyperparameters: dict[str, Any], fit: Callable[..., Any]) -> None:
    """Log hyperparameters, validation metrics and the model to the active run."""
    parts = read(table)
    X, y = columns(parts["train"])
    model = fit(X, y)
    mlflow.log_params(hyperparameters)
    mlflow.log_metrics(measure("validation", model, parts["validation"]))
    signature = infer_signature(X, model.predict(X))
    if isinstance(model, Pipeline):
        trusted = ["sklearn.tree._tree.Tree"]
        mlflow.sklearn.log_model(
            model, name="model", signature=signature, skops_trusted_types=trusted
        )
    else:
        mlflow.tensorflow.log_model(model, name="model", signature=signature)


def read(table: str) -> dict[str, pd.DataFrame]:
    """The three parts of a prepared table."""
    folder = Path(mlflow.artifacts.download_artifacts(table))
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in PARTS}


def measure(part: str, model: Any, rows: pd.DataFrame) -> dict[str, float]:
    """Metrics `<part>_<metric>` of a model."""
    X, y = columns(rows)
    predicted = model.predict(X).ravel()
    return {
        f"{part}_rmse": root_mean_squared_error(y, predicted),
        f"{part}_mae": mean_absolute_error(y, predicted),
        f"{part}_r2": r2_score(y, predicted),
    }


if __name__ == "__main__":
    steps()
