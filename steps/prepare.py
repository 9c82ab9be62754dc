"""Entry point prepare: a raw table to train, validation and test parts."""

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steps import parameters
from steps.command import step
from steps.saying import AtTimes

if TYPE_CHECKING:
    from reprise.preparation import Prepared


@step("prepare")
@parameters.raw_table
def command(
    data: str,
    target: str,
    task: str,
    split: str,
    validation_fraction: float,
    test_fraction: float,
    seed: int,
) -> None:
    """Read a table, decide its task, split its rows; leaves the artifact table/ and a profile."""
    import mlflow

    from reprise.lineage.files import log_files
    from reprise.lineage.uris import run_uri
    from reprise.preparation import SplitOptions, prepare
    from reprise.reading import open_table
    from reprise.splitting import check_fractions, parse_split
    from reprise.summary import FILE as SUMMARY
    from reprise.table import ARTIFACT, digest_of

    parse_split(split)
    check_fractions(validation_fraction, test_fraction)
    say = AtTimes()
    raw = open_table(data, say)
    options = SplitOptions(split, validation_fraction, test_fraction, seed)
    prepared = prepare(raw, data, target, task, options, say)
    schema = prepared.schema
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        write_artifacts(Path(folder), prepared, data, raw.rows, say)
        mlflow.log_artifacts(folder)
    log_files(ARTIFACT, SUMMARY)
    counts = {f"{name}_rows": rows for name, rows in schema.rows.items()}
    counts |= {"columns": len(schema.columns), "dropped_columns": len(schema.dropped)}
    mlflow.log_metrics(counts)
    mlflow.set_tags({"reprise.task": schema.task, "reprise.digest.table": digest_of(schema)})
    run = mlflow.active_run()
    click.echo(f"task: {schema.task} ({schema.task_reason})")
    click.echo(", ".join(f"{name}: {rows} rows" for name, rows in schema.rows.items()))
    for reason, count in schema.dropped_rows.items():
        click.echo(f"dropped {count} rows: {reason}")
    for name, why in schema.dropped.items():
        click.echo(f"dropped column '{name}': {why['reason']}")
    click.echo(f"table: {run_uri(run.info.run_id, ARTIFACT)}")


def write_artifacts(
    folder: Path, prepared: "Prepared", title: str, rows: int, say: AtTimes
) -> None:
    """Write table/, summary.json, the profile of a raw table of that many rows; log the parts."""
    from reprise import summary
    from reprise.preparation import write_table
    from reprise.profile import PAGE, profile_page
    from reprise.table import ARTIFACT, PreparedTable
    from steps.datasets import log_parts

    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(write_table, folder / ARTIFACT, prepared, say)
        found = summary.summarise(prepared.schema, summary.sample(prepared))
        text = json.dumps(found, ensure_ascii=False)
        (folder / summary.FILE).write_text(text, encoding="utf-8")
        page = profile_page(prepared.sample, title, rows)
        (folder / PAGE).write_text(page, encoding="utf-8")
        written.result()
    log_parts(PreparedTable(folder / ARTIFACT, title), *prepared.schema.rows)


if __name__ == "__main__":
    command()
