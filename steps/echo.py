"""The one place that prints lines: what names and values of a table hold is shown, not obeyed."""

import click

from reprise.formatting import visible


def say(line: str, err: bool = False) -> None:
    """Print a line, on stderr where `err`, its control characters spelled."""
    click.echo(visible(line), err=err)
