"""Entry point compare: two or more runs side by side, on one page."""

import click

from steps import parameters
from steps.command import parse_step, step


@step("compare", reusable=False)
@parameters.option("runs", None, str, "runs to compare, separated by commas: run ids, runs:/ or "
                   "models:/ URIs")  # fmt: skip
def command(runs: str) -> None:
    """Put runs side by side: parameters, metrics, data, code and curves, on one page."""
    import mlflow

    from reprise import notes
    from reprise.markdown import plain
    from reprise.side_by_side.comparison import NAME, compare

    found = compare(runs, parse_step)
    mlflow.log_text(found.to_html(), NAME)
    run = mlflow.active_run()
    sides = [f"* {side.letter}: {notes.run_link(side.run, plain(side.name))}"
             for side in found.sides]  # fmt: skip
    mlflow.set_tags(notes.tag(notes.run_link(run, "**Comparison**", NAME), "\n".join(sides)))
    for line in found.lines():
        click.echo(line)
    click.echo(f"page: runs:/{run.info.run_id}/{NAME}")


if __name__ == "__main__":
    command()
