"""Entry point prepare: a raw table to train, validation and test parts."""

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steps import parameters
from steps.command import step
from steps.saying import telling

if TYPE_CHECKING:
    from reprise.advance import Report
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

    from reprise import notes
    from reprise.lineage.files import log_files
    from reprise.lineage.uris import run_uri
    from reprise.preparation import SplitOptions, prepare
    from reprise.raw.reading import open_table
    from reprise.splitting import check_fractions, parse_split
    from reprise.summary import FILE as SUMMARY
    from reprise.table import ARTIFACT, digest_of

    parse_split(split)
    check_fractions(validation_fraction, test_fraction)
    options = SplitOptions(split, validation_fraction, test_fraction, seed)
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        with telling() as report:
            raw = open_table(data, report)
            prepared = prepare(raw, data, target, task, options, report)
            write_artifacts(Path(folder), prepared, data, raw.rows, report)
        mlflow.log_artifacts(folder)
    schema = prepared.schema
    log_files(ARTIFACT, SUMMARY)
    counts = {f"{name}_rows": rows for name, rows in schema.rows.items()}
    counts |= {"columns": len(schema.columns), "dropped_columns": len(schema.dropped)}
    mlflow.log_metrics(counts)
    run = mlflow.active_run()
    facts = {"reprise.task": schema.task, "reprise.digest.table": digest_of(schema)}
    mlflow.set_tags({**facts, **notes.prepared(run, schema)})
    click.echo(f"task: {schema.task} ({schema.task_reason})")
    click.echo(", ".join(f"{name}: {rows} rows" for name, rows in schema.rows.items()))
    for reason, count in schema.dropped_rows.items():
        click.echo(f"dropped {count} rows: {reason}")
    for name, why in schema.dropped.items():
        click.echo(f"dropped column '{name}': {why['reason']}")
    click.echo(f"table: {run_uri(run.info.run_id, ARTIFACT)}")


def write_artifacts(
    folder: Path, prepared: "Prepared", title: str, rows: int, report: "Report"
) -> None:
    """Write table/, summary.json, the profile of a raw table of that many rows; log the parts."""
    from reprise import summary
    from reprise.preparation import write_table
    from reprise.profile import PAGE, profile_page
    from reprise.table import ARTIFACT, PreparedTable
    from steps.datasets import log_parts

    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(write_table, folder / ARTIFACT, prepared, report)
        found = summary.summarise(prepared.schema, summary.sample(prepared))
        text = json.dumps(found, ensure_ascii=False)
        (folder / summary.FILE).write_text(text, encoding="utf-8")
        page = profile_page(prepared.sample, title, rows)
        (folder / PAGE).write_text(page, encoding="utf-8")
        written.result()
    log_parts(PreparedTable(folder / ARTIFACT, title), *prepared.schema.rows)


if __name__ == "__main__":
    command()
