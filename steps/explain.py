"""Entry point explain: what differs between two runs of this project."""

from reprise.tracking.contract import EXPLANATION, EXPLANATION_PAGE
from steps import parameters
from steps.command import parse_step, step
from steps.echo import say


@step("explain", reusable=False)
@parameters.option("of", None, str, "run to explain: run id, runs:/ or models:/ URI")
@parameters.option("against", None, str, "run it is compared with, named likewise")
def command(of: str, against: str) -> None:
    """Say what differs between two runs of one entry point, from code and data to metrics."""
    import mlflow

    from reprise.provenance import explanation

    found = explanation.explain(of, against, parse_step)
    mlflow.log_dict(found.to_json(), EXPLANATION)
    mlflow.log_text(found.to_markdown(), EXPLANATION_PAGE)
    for line in found.lines():
        say(line)


if __name__ == "__main__":
    command()
