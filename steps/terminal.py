"""How far each piece of work is, where the process is looked at: as bars, or as lines."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from reprise.formatting import listed
from reprise.runtime.progress import Advance, Pace, Report
from steps.echo import say
from steps.run import current_context

if TYPE_CHECKING:
    from reprise.provenance.source import Source


_A_SECOND = 8
_BAR_WIDTH = 16
_STEPS = "steps"
_LINE_EVERY_SECONDS = 5.0
_RECORD_EVERY_SECONDS = 0.1


def display() -> "Bars | Lines":
    """Bars on a terminal, elsewhere lines."""
    console = Console(highlight=False, soft_wrap=True)
    is_screen = console.is_terminal and not console.is_dumb_terminal
    return Bars(console) if is_screen else Lines(console)


class Bars(AbstractContextManager["Bars"]):
    """A bar for each named piece of work at the bottom; what is printed meanwhile stands above."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._tasks: dict[str, TaskID] = {}
        self._paces: dict[str, Pace] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(_BAR_WIDTH),
            TimeElapsedColumn(),
            TextColumn(
                "{task.fields[said]}",
                table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
            ),
            console=self.console,
            transient=True,
            expand=True,
            refresh_per_second=_A_SECOND,
            # What libraries say there is kept elsewhere.
            redirect_stderr=False,
        )

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def count(self, ended: int, of: int) -> None:
        """Show how many pieces of work have ended."""
        self.update(_STEPS, Advance("done", ended, of, at_most=True))

    def start(self, name: str, said: str = "") -> None:
        """Show a piece of work of which nothing is known yet."""
        self._tasks[name] = self._progress.add_task(escape(name), total=None, said=escape(said))
        self._paces[name] = Pace()

    def say(self, name: str, line: str, lasting: bool = False) -> None:
        """Show a line beside a piece of work, and print it where it is a `lasting` one."""
        self._progress.update(self._tasks[name], said=escape(line))
        if lasting:
            self.console.print(f"  {name}: {escape(line)}")

    def update(self, name: str, advance: Advance) -> None:
        """Show how far a piece of work is."""
        if name not in self._tasks:
            self.start(name)
        self._progress.update(
            self._tasks[name],
            completed=advance.done,
            total=advance.total,
            said=escape(self._paces[name].shown(advance)),
        )

    def end(self, name: str) -> None:
        """Take a piece of work away."""
        if name in self._tasks:
            self._progress.remove_task(self._tasks.pop(name))
            del self._paces[name]


class Lines(AbstractContextManager["Lines"]):
    """Prints how far each named piece of work is, at most a line in five seconds for each."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._printed: dict[str, float] = {}
        self._paces: dict[str, Pace] = {}

    def __exit__(self, *_: object) -> None:
        """Leave what is printed."""

    def count(self, ended: int, of: int) -> None:
        """Print nothing: each piece of work has a line when it ends."""

    def start(self, name: str, said: str = "") -> None:
        """Print that a piece of work starts, and why."""
        self._print(name, f"started ({said})" if said else "started")
        self._paces[name], self._printed[name] = Pace(), time.monotonic()

    def say(self, name: str, line: str, lasting: bool = False) -> None:
        """Print a line if a while has passed since the last, or it is a `lasting` one."""
        if lasting or self._is_time(name):
            self._print(name, line)

    def update(self, name: str, advance: Advance) -> None:
        """Print how far a piece of work is if a while has passed since its last line."""
        line = self._paces.setdefault(name, Pace()).shown(advance)
        if self._is_time(name):
            self._print(name, line)

    def end(self, name: str) -> None:
        """Forget a piece of work."""
        self._paces.pop(name, None)
        self._printed.pop(name, None)

    def _is_time(self, name: str) -> bool:
        now = time.monotonic()
        due = now - self._printed.setdefault(name, now) >= _LINE_EVERY_SECONDS
        self._printed[name] = now if due else self._printed[name]
        return due

    def _print(self, name: str, line: str) -> None:
        self.console.print(f"  {name}: {escape(line)}" if name else escape(line))


@contextmanager
def telling() -> Iterator[Report]:
    """Yields what the work is to report to, and shows it until the work is over.

    To `main` where that has started this step, as a bar on a terminal, elsewhere as a line now
    and then.
    """
    if current_context() is not None:
        yield _ForMain()
        return
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


def say_packages() -> None:
    """Say which packages are not as in the lock that the run is recorded under."""
    from reprise.provenance.environment import unlike_lock

    if found := unlike_lock():
        say(
            f"note: installed packages are not those of requirements.txt: {listed(found)}: "
            "`python3 bootstrap.py .venv` builds the environment again"
        )


def say_level() -> None:
    """Say where results have other last digits than those of most machines, and why."""
    from reprise.provenance.level_in_force import level_note

    if (note := level_note()) is not None:
        say(f"note: {note}")


def say_origin(source: "Source", asked: str | None) -> None:
    """Say what is recorded that nobody may expect.

    `asked` is the commit that `mlflow run` was given; None where nobody asked for one.
    """
    from reprise.tracking.container import stale_image

    note = stale_image(source.commit, asked)
    if note is not None:
        say(note)
    if source.strangers:
        files = ", ".join(source.strangers)
        say(f"note: source/diff.patch holds {files}: name it in .gitignore to prevent that")
