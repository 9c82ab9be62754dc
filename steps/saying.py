"""What a step says while it works: how far it is, and lines beside its results."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from reprise.advance import Advance, Report
from reprise.lineage.runs import is_child

if TYPE_CHECKING:
    from reprise.lineage.source import Source

_RECORD_EVERY_SECONDS = 0.1


@contextmanager
def telling() -> Iterator[Report]:
    """Yields what the work is to report to, and shows it until the work is over.

    To `main` where that has started this step, as a bar on a terminal, elsewhere as a line now
    and then.
    """
    if is_child():
        yield _ForMain()
        return
    from steps.display import display

    with display() as shown:
        yield lambda advance: shown.update("", advance)


class _ForMain:
    """Prints an advance for `main` if a while has passed since the last, or the work has ended."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, advance: Advance) -> None:
        """Print the advance, or drop it."""
        now = time.monotonic()
        if now - self._last >= _RECORD_EVERY_SECONDS or advance.done == advance.total:
            self._last = now
            print(advance.to_line(), flush=True)


def say_origin(source: "Source", asked: str | None) -> None:
    """Say what is recorded that nobody may expect; `asked` is the commit `mlflow run` was given."""
    from reprise.lineage.container import stale_image

    note = None if is_child() else stale_image(source.commit, asked)
    if note is not None:
        click.echo(note)
    if source.strangers:
        files = ", ".join(source.strangers)
        click.echo(f"note: source/diff.patch holds {files}: name it in .gitignore to prevent that")
