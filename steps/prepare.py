"""Entry point prepare: a raw table to train, validation and test parts."""

import tempfile
from pathlib import Path

import click

from steps import parameters
from steps.command import step


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

    from reprise.lineage.cache import log_files
    from reprise.lineage.uris import run_uri
    from reprise.profile import profile_page
    from reprise.reading import read_table
    from reprise.splitting import check_fractions, parse_split
    from reprise.table import ARTIFACT, SplitOptions, digest_of, prepare, write_table
    from steps.models import log_part

    parse_split(split)
    check_fractions(validation_fraction, test_fraction)
    raw = read_table(data)
    options = SplitOptions(split, validation_fraction, test_fraction, seed)
    schema, parts = prepare(raw, data, target, task, options)
    for name, part in parts.items():
        log_part(part, name, schema)
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        write_table(Path(folder), schema, parts)
        mlflow.log_artifacts(folder, ARTIFACT)
        log_files(ARTIFACT)
    mlflow.log_text(profile_page(raw, data), "profile.html")
    mlflow.log_metrics({f"{name}_rows": rows for name, rows in schema.rows.items()})
    mlflow.log_metrics({"columns": len(schema.columns), "dropped_columns": len(schema.dropped)})
    mlflow.set_tags({"reprise.task": schema.task, "reprise.digest.table": digest_of(schema)})
    run = mlflow.active_run()
    click.echo(f"task: {schema.task} ({schema.task_reason})")
    click.echo(", ".join(f"{name}: {rows} rows" for name, rows in schema.rows.items()))
    for reason, count in schema.dropped_rows.items():
        click.echo(f"dropped {count} rows: {reason}")
    for name, why in schema.dropped.items():
        click.echo(f"dropped column '{name}': {why['reason']}")
    click.echo(f"table: {run_uri(run.info.run_id, ARTIFACT)}")


if __name__ == "__main__":
    command()
