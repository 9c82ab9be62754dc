"""Bars at the bottom of a terminal: one for each piece of work, while it goes on."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from reprise.advance import Advance, Pace

_A_SECOND = 8
_BAR_WIDTH = 16


class Bars:
    """Shows how far each named piece of work is; what is printed meanwhile stands above."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
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

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def start(self, name: str, said: str = "") -> None:
        """Show a piece of work of which nothing is known yet."""
        self._tasks[name] = self._progress.add_task(escape(name), total=None, said=escape(said))
        self._paces[name] = Pace()

    def say(self, name: str, line: str) -> None:
        """Show a line beside a piece of work."""
        self._progress.update(self._tasks[name], said=escape(line))

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
