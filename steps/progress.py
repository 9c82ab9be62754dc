"""What `main` shows in the terminal: a line a step while it works, a table at the end."""

import shlex
import time
from types import TracebackType
from typing import Self

import mlflow
from mlflow.entities import Run
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from reprise.credentials import hidden
from reprise.evaluation import metrics_of
from reprise.runner import Event, Outcome

_MARKS = {
    "FINISHED": "[green]✓[/]",
    "CACHED": "[cyan]=[/]",
    "FAILED": "[red]✗[/]",
    "SKIPPED": "[yellow]–[/]",
}
_LINE_EVERY_SECONDS = 5.0


class Progress:
    """Prints a line when a step starts or ends, and the latest line of those that are running.

    On a terminal the running steps share one changing line at the bottom; elsewhere their lines
    are printed, at most one in five seconds a step.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.ended = 0
        self.latest: dict[str, str] = {}
        self.printed: dict[str, float] = {}
        self.console = Console(highlight=False, soft_wrap=True)
        self.status: Status | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.status = self.console.status("starting")
            self.status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.status is not None:
            self.status.stop()

    def show(self, event: Event) -> None:
        """Show one event of the runner."""
        if event.kind == "started":
            self.latest[event.step] = "running"
            why = f" ({escape(event.line)})" if event.line else ""
            if self.status is None:
                self.console.print(f"  {event.step}: started{why}")
            elif event.line:
                self.console.print(f"  {event.step}: {escape(event.line)}")
        elif event.kind == "line":
            self._line(event)
        elif event.outcome is not None:
            self.ended += 1
            self.latest.pop(event.step, None)
            self.console.print(_ended(event.step, event.outcome))
        if self.status is not None:
            lines = [f"{name}: {line}" for name, line in self.latest.items()]
            self.status.update(f"{self.ended}/{self.steps} done · {escape(' · '.join(lines))}")

    def _line(self, event: Event) -> None:
        self.latest[event.step] = event.line
        now = time.monotonic()
        waited = now - self.printed.setdefault(event.step, now)
        # What prepare decided about the table is said in full: everything after rests on it.
        if event.step == "prepare" or (self.status is None and waited >= _LINE_EVERY_SECONDS):
            self.printed[event.step] = now
            self.console.print(f"  {event.step}: {escape(event.line)}")


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
    if registered.run is None or registered.status != "FINISHED":
        return
    tags, values = registered.run.data.tags, registered.run.data.metrics
    tested = ", ".join(f"{name} {values[f'test_{name}']:.4g}" for name in metrics
                       if f"test_{name}" in values)  # fmt: skip
    names = [name for name, outcome in outcomes.items() if outcome.run and
             outcome.run.info.run_id == winner]  # fmt: skip
    label = _label(names[0], tags["reprise.family"]) if names else tags["reprise.family"]
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


def _label(step: str, family: str) -> str:
    return f"{family} (tuned)" if step == "tune" else family


def _leaderboard(outcomes: dict[str, Outcome], metrics: list[str], winner: str | None) -> Table:
    table = Table(title="Candidates, on the validation part")
    table.add_column("family")
    for name in metrics:
        table.add_column(name, justify="right")
    table.add_column("time", justify="right")
    for name, outcome in outcomes.items():
        if not name.startswith(("train_", "tune", "ensemble")) or outcome.run is None:
            continue
        family = outcome.run.data.tags.get("reprise.family", name.removeprefix("train_"))
        label = _label(name, family)
        values = [outcome.run.data.metrics.get(f"validation_{metric}") for metric in metrics]
        cells = ["" if value is None else f"{value:.4g}" for value in values]
        style = "bold" if outcome.run.info.run_id == winner else None
        time_taken = "cached" if outcome.status == "CACHED" else f"{outcome.seconds:.1f} s"
        table.add_row(label, *cells, time_taken, style=style)
    return table
