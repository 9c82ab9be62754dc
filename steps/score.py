"""Entry point score: a model's predictions for every row of a table of any size."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steps import parameters
from steps.command import step
from steps.saying import telling

if TYPE_CHECKING:
    from reprise.loading import LoadedModel


@step("score", reusable=False)
@parameters.any_model
@parameters.option("data", None, str,
                   "CSV (also .gz) or Parquet: path, http(s)/s3/gs URL, runs:/ URI")  # fmt: skip
@parameters.option("output", None, str, "file of predictions: a path that ends in .csv or .parquet")
@parameters.option("keep", "none", str, "columns to copy into it, separated by commas; or none")
def command(model: str, data: str, output: str, keep: str) -> None:
    """Predict every row of a table into a file, and measure the predictions where it can."""
    import mlflow

    from reprise.loading import load_model
    from reprise.raw.fetching import digest_source
    from reprise.scoring.output import Output, check_output
    from reprise.scoring.rows import open_rows
    from reprise.scoring.score import plan, score

    path = check_output(output, data)
    loaded = load_model(model)
    rows = open_rows(data)
    chosen = plan(loaded, rows.columns, parse_keep(keep))
    if chosen.ignored:
        click.echo(f"ignored columns: {', '.join(repr(name) for name in chosen.ignored)}")
    digest = digest_source(data)
    mlflow.set_tags({**loaded.tags, "reprise.input.data": digest})
    log_use(loaded, data, digest)
    with Output(path) as file, telling() as report:
        scored = score(loaded, rows, chosen, file, report)
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    mlflow.set_tags({"reprise.digest.output": digest, "reprise.output": str(path)})
    mlflow.log_metrics({"score_rows": scored.rows})
    mlflow.log_metrics({f"score_{name}": value for name, value in scored.metrics.items()})
    if scored.metrics:
        values = ", ".join(f"{name} {value:.6g}" for name, value in scored.metrics.items())
        click.echo(f"on the {scored.known:,} rows with '{loaded.target}': {values}")
    click.echo(f"output: {Path(path)} ({scored.rows:,} rows, {loaded.uri})")


def parse_keep(keep: str) -> list[str]:
    """The columns in a comma-separated list, quoted as in a CSV where a name has commas."""
    if keep.strip() == "none":
        return []
    names = next(csv.reader([keep], skipinitialspace=True), [])
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


def log_use(loaded: LoadedModel, data: str, digest: str) -> None:
    """Log the data as the active run's dataset, and the run among those of the model."""
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.entities import LoggedModelInput

    from steps.datasets import dataset_source

    # MLflow keeps 36 characters of a digest.
    table = MetaDataset(dataset_source(data), name="data", digest=digest[:36])
    mlflow.log_input(table, context="score")
    run = mlflow.active_run()
    if run is not None and loaded.model_id and loaded.run_id:
        used = [LoggedModelInput(loaded.model_id)]
        mlflow.MlflowClient().log_inputs(run.info.run_id, models=used)


if __name__ == "__main__":
    command()
