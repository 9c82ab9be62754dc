"""Lines that a step prints beside its results."""

import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from reprise.lineage.source import Source


class AtTimes:
    """Called with a line, prints it if a while has passed since the last; else drops it."""

    def __init__(self, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        """Print the line, or not."""
        now = time.monotonic()
        if now - self._last >= self._seconds:
            self._last = now
            click.echo(line)


def say_origin(source: "Source", asked: str | None) -> None:
    """Say what is recorded that nobody may expect; `asked` is the commit `mlflow run` was given."""
    from reprise.lineage.container import stale_image
    from reprise.lineage.runs import is_child

    note = None if is_child() else stale_image(source.commit, asked)
    if note is not None:
        click.echo(note, err=True)
    if source.strangers:
        files = ", ".join(source.strangers)
        click.echo(f"note: source/diff.patch holds {files}: name it in .gitignore to prevent that")
