"""Entry point compare: two or more runs side by side, on one page."""

from reprise.tracking.contract import COMPARISON
from steps import parameters
from steps.command import parse_step, step
from steps.echo import say


@step("compare", reusable=False)
@parameters.option(
    "runs", None, str, "runs to compare, separated by commas: run ids, runs:/ or models:/ URIs"
)
def command(runs: str) -> None:
    """Put runs side by side: parameters, metrics, data, code and curves, on one page."""
    import mlflow

    from reprise.reports.comparison.comparison_page import compare
    from reprise.tracking import descriptions
    from reprise.tracking.markdown import plain
    from reprise.tracking.runs import active_run

    found = compare(runs, parse_step)
    mlflow.log_text(found.to_html(), COMPARISON)
    run = active_run()
    sides = [
        f"* {side.letter}: {descriptions.run_link(side.run, plain(side.name))}"
        for side in found.sides
    ]
    mlflow.set_tags(
        descriptions.tag(descriptions.run_link(run, "**Comparison**", COMPARISON), "\n".join(sides))
    )
    for line in found.lines():
        say(line)
    say(f"page: runs:/{run.info.run_id}/{COMPARISON}")


if __name__ == "__main__":
    command()
