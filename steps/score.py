"""Entry point score: a model's predictions for every row of a table of any size."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprise.tracking.contract import INPUT_DATA_TAG, OUTPUT_DIGEST_TAG, OUTPUT_TAG
from steps import parameters
from steps.command import step
from steps.echo import say
from steps.inspected import inspected, log_inspection, watched
from steps.terminal import telling

if TYPE_CHECKING:
    from reprise.data.read_options import Columns
    from reprise.inference.batch_scoring import Scored
    from reprise.inference.load import LoadedModel


@step("score", reusable=False)
@parameters.any_model
@parameters.option(
    "data",
    None,
    parameters.SOURCE,
    "CSV, Parquet (also folders), JSON, Arrow, Excel: path, http(s)/s3/gs URL, runs:/ URI; "
    "delta:<path>; with query postgresql://host/db, sqlite:///<path>",
)
@parameters.query
@parameters.option(
    "output", None, parameters.NEW_FILE, "file of predictions: a path that ends in .csv or .parquet"
)
@parameters.option(
    "keep", "none", parameters.COLUMNS, "columns to copy into it, separated by commas; or none"
)
@parameters.option(
    "contract",
    "none",
    str,
    "what the rows must keep to: model (that of its own table), a path or runs:/ URI; or none",
)
@parameters.option(
    "coverage",
    0.0,
    parameters.Number(0, 0.9999),
    "share of rows whose truth is within bounds to add: lower and upper, or set; 0: none",
)
@parameters.trust
def command(
    model: str,
    data: str,
    query: str,
    output: str,
    keep: Columns,
    contract: str,
    coverage: float,
    trust: str,
) -> None:
    """Predict every row of a table into a file, and measure the predictions where it can."""
    import mlflow

    from reprise.data.inputs import look_up
    from reprise.data.row_stream import open_rows_with
    from reprise.inference.batch_scoring import plan, score
    from reprise.inference.load import load_model
    from reprise.inference.model_contract import contract_for
    from reprise.inference.prediction_file import Output, check_apart, check_output
    from reprise.predictor import Extras
    from reprise.registry.trust import trusted

    path = check_output(output, data)
    loaded = load_model(model, digest=trusted(model, trust))
    if loaded.note:
        say(loaded.note)
    terms = contract_for(loaded, contract)
    inputs = look_up(data, query)
    for joined in inputs.files[1:]:
        check_apart(path, joined.source)
    with telling() as report:
        asked = replace(loaded.asked, query=query)
        rows = open_rows_with(data, asked, loaded.model.kinds, report)
    for what, decided in rows.reading.items():
        say(f"{what}: {decided}")
    rows, inspection = watched(rows, terms)
    with inspected(inputs.named):
        chosen = plan(loaded, rows, keep.names, Extras(coverage=coverage))
    if chosen.ignored:
        say(f"ignored columns: {', '.join(repr(name) for name in chosen.ignored)}")
    mlflow.set_tags({**loaded.tags, INPUT_DATA_TAG: inputs.digest})
    log_use(loaded, inputs.named, inputs.digest, "score")
    with inspected(inputs.named), Output(path) as file, telling() as report:
        scored = score(loaded, rows, chosen, file, report)
        inputs.confirm()
    if inspection is not None:
        log_inspection(inspection, inputs.named)
        say(f"contract: {inspection.summary}")
    _tell(scored, loaded, path)


def _tell(scored: Scored, loaded: LoadedModel, path: Path) -> None:
    """Log and print what came out."""
    import mlflow

    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    mlflow.set_tags({OUTPUT_DIGEST_TAG: digest, OUTPUT_TAG: str(path)})
    mlflow.log_metrics({"score_rows": scored.rows})
    mlflow.log_metrics({f"score_{name}": value for name, value in scored.metrics.items()})
    if scored.metrics:
        values = ", ".join(f"{name} {value:.6g}" for name, value in scored.metrics.items())
        say(f"on the {scored.known:,} rows with '{loaded.target}': {values}")
    say(f"output: {path} ({scored.rows:,} rows, {loaded.uri})")


def log_use(loaded: LoadedModel, data: str, digest: str, purpose: str) -> None:
    """Log the data as the active run's dataset, and the run among those of the model."""
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.entities import LoggedModelInput

    from reprise.data.datasets import dataset_source
    from reprise.tracking.runs import active_run

    # MLflow keeps 36 characters of a digest.
    table = MetaDataset(  # type: ignore[abstract]  # MLflow makes them of this class itself
        dataset_source(data), name="data", digest=digest[:36]
    )
    mlflow.log_input(table, context=purpose)
    run = active_run()
    if loaded.model_id and loaded.run_id:
        used = [LoggedModelInput(loaded.model_id)]
        mlflow.MlflowClient().log_inputs(run.info.run_id, models=used)


if __name__ == "__main__":
    command()
