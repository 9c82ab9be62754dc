"""Entry point export: a version and all that it was made of in one file, to be proved elsewhere."""

import click

from reprise.tracking.contract import OUTPUT_DIGEST_TAG, OUTPUT_TAG
from steps import parameters
from steps.command import step

_ANSWERS = parameters.OneOf("yes", "no")


@step("export", reusable=False)
@parameters.option("of", None, str, "what to export: models:/ URI, or a run of main or register")
@parameters.option("output", None, parameters.NEW_FILE, "the capsule: a path that ends in .zip")
@parameters.option("tables", "yes", _ANSWERS, "no: only the digests of files with rows")
@parameters.option("wheels", "no", _ANSWERS, "yes: the packages as well, for this platform")
def command(of: str, output: str, tables: str, wheels: str) -> None:
    """Write a capsule: record, code, lock, model, tables and certificate of a version."""
    import mlflow

    from reprise.formatting import size
    from reprise.provenance.signing import own_key
    from reprise.reproduction.capsule.exporter import export
    from reprise.reproduction.capsule.new_archive import check_output

    key, path = own_key(), check_output(output)
    found = export(of, path, tables == "yes", wheels == "yes", key)
    mlflow.set_tags({OUTPUT_TAG: str(path), OUTPUT_DIGEST_TAG: found.digest})
    for note in found.notes:
        click.echo(note)
    by = f"signed by key {key.id[:12]}" if key else "not signed: REPRISE_SIGNING_KEY is not set"
    click.echo(f"capsule: {path} ({found.version}, {size(path.stat().st_size)}, {by})")


if __name__ == "__main__":
    command()
