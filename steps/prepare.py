"""Entry point prepare: a raw table to train, validation and test parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reprise.data.split_rule import Split, SplitOptions
from reprise.runtime.scratch import scratch
from reprise.tracking.contract import (
    BREACHES,
    CONTRACT,
    FINGERPRINT,
    FINGERPRINT_TAG,
    INPUT_DATA_TAG,
    SUMMARY,
    TABLE,
    TABLE_DIGEST_TAG,
    TASK_TAG,
)
from steps import parameters
from steps.command import step
from steps.echo import say
from steps.inspected import inspected, log_inspection
from steps.run import current_context, log_identity
from steps.terminal import telling

if TYPE_CHECKING:
    from reprise.data.contracts.terms import Contract
    from reprise.data.inputs import Inputs
    from reprise.data.read_options import Columns, Header
    from reprise.data.schema import Schema
    from reprise.predictor import Missing


@step("prepare")
@parameters.raw_table
def command(
    data: str,
    query: str,
    target: str,
    task: str,
    split: Split,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
    header: Header,
    missing: Missing,
    drop: Columns,
    contract: str,
) -> None:
    """Read a table, decide its task, split its rows; leaves the artifact table/ and a profile."""
    import mlflow

    from reprise.data.contracts.contract_source import load_contract
    from reprise.data.datasets import log_parts
    from reprise.data.prepared_files import prepare_into
    from reprise.data.prepared_table import digest_of
    from reprise.data.read_options import ReadOptions
    from reprise.provenance.output_files import log_files
    from reprise.tracking import descriptions
    from reprise.tracking.runs import active_run
    from reprise.tracking.uris import run_uri

    options = SplitOptions(split, validation_fraction, test_fraction, seed)
    looked_up = _looked_up(data, query)
    terms = load_contract(contract)
    with scratch() as folder:
        with telling() as report, inspected(data):
            asked = ReadOptions(header, missing, drop, query)
            made = prepare_into(Path(folder), data, target, task, options, report, asked, terms)
        schema = made.table.schema
        log_parts(made.table, *schema.rows)
        mlflow.log_artifacts(folder)
    if made.inspection is not None:
        log_inspection(made.inspection, data)
    log_files(TABLE, SUMMARY, *((CONTRACT, BREACHES) if terms else ()))
    _log_read(looked_up, made.read, terms)
    counts: dict[str, float] = {f"{name}_rows": rows for name, rows in schema.rows.items()}
    counts |= {"columns": len(schema.columns), "dropped_columns": len(schema.dropped)}
    mlflow.log_metrics(counts)
    run = active_run()
    facts = {TASK_TAG: schema.task, TABLE_DIGEST_TAG: digest_of(schema), INPUT_DATA_TAG: made.read}
    mlflow.set_tags({**facts, **descriptions.prepared(run, schema)})
    _say(schema)
    say(f"table: {run_uri(run.info.run_id, TABLE)}")


def _say(schema: Schema) -> None:
    """Print what was decided about the table."""
    for what, decided in schema.decisions.items():
        say(f"{what}: {decided}")
    for name, how in schema.read_as.items():
        say(f"column '{name}': {how}")
    say(f"task: {schema.task} ({schema.task_reason})")
    say(", ".join(f"{name}: {rows} rows" for name, rows in schema.rows.items()))
    for reason, count in schema.dropped_rows.items():
        say(f"dropped {count} rows: {reason}")
    for name, why in schema.dropped.items():
        say(f"dropped column '{name}': {why['reason']}")


def _looked_up(data: str, query: str) -> Inputs | None:
    """What there is to read, as it was when `main` or the step itself identified the step."""
    from reprise.data.inputs import Inputs, known_inputs

    context = current_context()
    if context is not None and context.read is not None:
        Inputs.of_json(context.read).take_over()
    return known_inputs(data, query)


def _log_read(looked_up: Inputs | None, read: str, terms: Contract | None) -> None:
    """Have the run be found by what it has read, and not by what there was to read before."""
    import mlflow

    from reprise.tracking.artifacts import read_json
    from reprise.tracking.runs import active_run

    if has_changed := looked_up is not None and looked_up.digest != read:
        say(f"note: data changed after it was looked up: what was read has sha256 {read}")
    run = mlflow.get_run(active_run().info.run_id)
    inputs = {"data": read} | ({} if terms is None else {"contract": terms.digest})
    if FINGERPRINT_TAG not in run.data.tags:
        return
    if has_changed or (terms and (read_json(run, FINGERPRINT) or {}).get("inputs") != inputs):
        given = parameters.as_recorded(click.get_current_context().params)
        log_identity("prepare", given, inputs)


if __name__ == "__main__":
    command()
