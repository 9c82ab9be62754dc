"""What a step says while it works: how far it is, and lines beside its results."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from reprise.advance import Advance, Pace, Report
from reprise.lineage.runs import is_child

if TYPE_CHECKING:
    from reprise.lineage.source import Source

LINE_EVERY_SECONDS = 5.0
_RECORD_EVERY_SECONDS = 0.1


@contextmanager
def telling() -> Iterator[Report]:
    """Yields what the work is to report to, and shows it until the work is over.

    To `main` where that has started this step, as a bar on a terminal, elsewhere as a line now
    and then.
    """
    if is_child():
        yield AtTimes(_record, _RECORD_EVERY_SECONDS, end=True)
    elif sys.stdout.isatty():
        from steps.bars import Bars

        with Bars() as bars:
            yield lambda advance: bars.update("", advance)
    else:
        pace = Pace()
        yield AtTimes(lambda advance: click.echo(pace.shown(advance)), LINE_EVERY_SECONDS)


class AtTimes:
    """Called with an advance, shows it if a while has passed since the last; else drops it.

    The end of the work is shown in any case where `end` is.
    """

    def __init__(self, show: Callable[[Advance], None], seconds: float, end: bool = False) -> None:
        self._show = show
        self._seconds = seconds
        self._end = end
        self._last = time.monotonic()

    def __call__(self, advance: Advance) -> None:
        """Show the advance, or not."""
        now = time.monotonic()
        if now - self._last >= self._seconds or (self._end and advance.done == advance.total):
            self._last = now
            self._show(advance)


def _record(advance: Advance) -> None:
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
