"""Entry point verify: whether a version is what was signed of it; nothing of it is run."""

import click

from reprise.tracking.contract import VERDICT_TAG, VERIFICATION, VERIFICATION_PAGE
from steps import parameters
from steps.command import step


@step("verify", reusable=False)
@parameters.option(
    "of",
    None,
    parameters.SOURCE,
    "what to check: models:/ URI, a run of main, register or reproduce, a capsule, or a folder "
    "with a model",
)
@parameters.option("key", "none", str, "file with the public key it must be signed by, or none")
def command(of: str, key: str) -> None:
    """Hold a version and all that it was made from against its signed certificate; run nothing."""
    import mlflow

    from reprise.errors import RepriseError
    from reprise.formatting import listed
    from reprise.reproduction.verifier import verify
    from reprise.tracking.runs import active_run

    found = verify(of, key)
    mlflow.log_dict(found.to_json(), VERIFICATION)
    mlflow.log_text(found.to_html(), VERIFICATION_PAGE)
    mlflow.set_tags({VERDICT_TAG: found.verdict})
    for line in found.lines():
        click.echo(line)
    if not found.holds:
        rule = "what was signed must be as it was" if found.problems else "it must be signed"
        because = listed(found.problems, separator="; ") or found.why
        raise RepriseError(
            f"{rule}, got {found.version} ({because}): see {VERIFICATION_PAGE} of run "
            f"{active_run().info.run_id}"
        )


if __name__ == "__main__":
    command()
