"""What `main` shows in the terminal: a line a step while it works, a table at the end."""

import shlex
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import mlflow
from mlflow.entities import Run
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reprise.advance import Advance, Pace
from reprise.credentials import hidden
from reprise.evaluation import metrics_of
from reprise.runner import Event, Outcome
from steps.bars import Bars
from steps.saying import LINE_EVERY_SECONDS

_MARKS = {
    "FINISHED": "[green]✓[/]",
    "CACHED": "[cyan]=[/]",
    "FAILED": "[red]✗[/]",
    "SKIPPED": "[yellow]–[/]",
}
_STEPS = "steps"
_REASONS = 3
_NO_CANDIDATES = ("prepare", "register")


class Progress:
    """Prints a line when a step starts or ends, and shows how far those are that are running.

    On a terminal each running step has a bar at the bottom; elsewhere what it says is printed, at
    most one line in five seconds a step.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.ended = 0
        self.printed: dict[str, float] = {}
        self.paces: dict[str, Pace] = {}
        self.console = Console(highlight=False, soft_wrap=True)
        is_screen = self.console.is_terminal and not self.console.is_dumb_terminal
        self.bars = Bars(self.console) if is_screen else None

    def __enter__(self) -> Self:
        if self.bars is not None:
            self.bars.__enter__()
            self.bars.update(_STEPS, Advance("done", 0, self.steps, at_most=True))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.bars is not None:
            self.bars.__exit__(kind, error, at)

    def show(self, event: Event) -> None:
        """Show one event of the runner."""
        if event.kind == "started":
            self._started(event)
        elif event.advance is not None:
            self._advanced(event.step, event.advance)
        elif event.outcome is not None:
            self._ended(event.step, event.outcome)
        else:
            self._line(event)

    def _started(self, event: Event) -> None:
        reason = _shortened(event.line)
        why = f" ({escape(reason)})" if reason else ""
        if self.bars is not None:
            self.bars.start(event.step, reason)
        else:
            self.console.print(f"  {event.step}: started{why}")
        self.paces[event.step] = Pace()
        self.printed[event.step] = time.monotonic()

    def _advanced(self, step: str, advance: Advance) -> None:
        if self.bars is not None:
            self.bars.update(step, advance)
            return
        line = self.paces.setdefault(step, Pace()).shown(advance)
        if self._is_time(step):
            self.console.print(f"  {step}: {escape(line)}")

    def _line(self, event: Event) -> None:
        if self.bars is not None:
            self.bars.say(event.step, event.line)
        # What prepare decided about the table is said in full: everything after rests on it.
        if event.step == "prepare" or (self.bars is None and self._is_time(event.step)):
            self.console.print(f"  {event.step}: {escape(event.line)}")

    def _is_time(self, step: str) -> bool:
        now = time.monotonic()
        due = now - self.printed.setdefault(step, now) >= LINE_EVERY_SECONDS
        self.printed[step] = now if due else self.printed[step]
        return due

    def _ended(self, step: str, outcome: Outcome) -> None:
        self.ended += 1
        self.console.print(_ended(step, outcome))
        if self.bars is not None:
            self.bars.end(step)
            self.bars.update(_STEPS, Advance("done", self.ended, self.steps, at_most=True))


def _shortened(reason: str) -> str:
    """Why a step is computed: the first of many reasons, all of which its run has."""
    phrases = reason.split("; ")
    more = len(phrases) - _REASONS
    return "; ".join(phrases[:_REASONS]) + (f" and {more} more" if more > 0 else "")


def _ended(name: str, outcome: Outcome) -> str:
    text = f"{_MARKS[outcome.status]} {name:<17}{outcome.seconds:7.1f} s"
    if outcome.error:
        return f"{text}  {outcome.status.lower()}: {escape(outcome.error)}"
    values = outcome.run.data.metrics if outcome.run else {}
    shown = [f"{key} {value:.4g}" for key, value in sorted(values.items())
             if key.startswith(("validation_", "test_")) and not key.endswith("_rows")]  # fmt: skip
    if outcome.status == "CACHED" and outcome.run is not None:
        shown.append(f"cached from run {outcome.run.info.run_id}")
    return f"{text}  {', '.join(shown)}"


def print_summary(outcomes: dict[str, Outcome], model_name: str, parent: Run) -> None:
    """Print the leaderboard, the winner with its test metrics, its version, and where to look."""
    console = Console(highlight=False, soft_wrap=True)
    prepared = outcomes["prepare"].run
    if prepared is None or not outcomes["prepare"].succeeded:
        return
    task = prepared.data.tags["reprise.task"]
    metrics = list(metrics_of("regression" if task == "regression" else "classification"))
    registered = outcomes["register"]
    winner = registered.run.data.tags.get("reprise.candidate") if registered.run else None
    console.print(_leaderboard(outcomes, metrics, winner))
    if registered.run is None or not registered.succeeded:
        return
    tags, values = registered.run.data.tags, registered.run.data.metrics
    tested = ", ".join(f"{name} {values[f'test_{name}']:.4g}" for name in metrics
                       if f"test_{name}" in values)  # fmt: skip
    labels = {run.info.run_id: label for label, run in candidates(outcomes)}
    label = labels.get(winner, tags["reprise.family"])
    console.print(f"winner   {label}, on the test part: {tested}")
    console.print(f"version  models:/{escape(model_name)}/{tags['reprise.version']} "
                  f"({escape(tags['reprise.reason'])})")  # fmt: skip
    console.print(f"run      {parent.info.run_id}")
    console.print(f"look     {where_to_look()}")


def where_to_look() -> str:
    """Where the runs can be seen: the address of the server, or the command that starts one."""
    uri = hidden(mlflow.get_tracking_uri())
    if uri.startswith("http"):
        return uri
    return f"mlflow ui --backend-store-uri {shlex.quote(uri)}"


def candidates(outcomes: Mapping[str, Outcome]) -> list[tuple[str, Run]]:
    """What each step that trains is called, and its run; in the order they ended."""
    found = []
    for name, outcome in outcomes.items():
        if outcome.run is not None and name not in _NO_CANDIDATES:
            family = outcome.run.data.tags.get("reprise.family", name.removeprefix("train_"))
            found.append((f"{family} (tuned)" if name == "tune" else family, outcome.run))
    return found


def _leaderboard(outcomes: Mapping[str, Outcome], metrics: list[str], winner: str | None) -> Table:
    table = Table(title="Candidates, on the validation part")
    table.add_column("family")
    for name in metrics:
        table.add_column(name, justify="right")
    table.add_column("time", justify="right")
    taken = {outcome.run.info.run_id: outcome for outcome in outcomes.values() if outcome.run}
    for label, run in candidates(outcomes):
        values = [run.data.metrics.get(f"validation_{metric}") for metric in metrics]
        cells = ["" if value is None else f"{value:.4g}" for value in values]
        style = "bold" if run.info.run_id == winner else None
        outcome = taken[run.info.run_id]
        time_taken = "cached" if outcome.status == "CACHED" else f"{outcome.seconds:.1f} s"
        table.add_row(label, *cells, time_taken, style=style)
    return table
