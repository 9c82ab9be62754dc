"""What `main` shows in the terminal: a line a step while it works, a table at the end."""

import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Self

import mlflow
from mlflow.entities import Run
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reprise.credentials import hidden
from reprise.evaluation import metrics_of
from reprise.pipeline.runner import Event, Outcome
from steps.display import display

_MARKS = {
    "FINISHED": "[green]✓[/]",
    "CACHED": "[cyan]=[/]",
    "FAILED": "[red]✗[/]",
    "SKIPPED": "[yellow]–[/]",
}
_REASONS = 3
_NO_CANDIDATES = ("prepare", "register")


class Progress(AbstractContextManager["Progress"]):
    """Prints a line when a step starts or ends, and shows how far those are that are running."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.ended = 0
        self.display = display()

    def __enter__(self) -> Self:
        self.display.__enter__()
        self.display.count(0, self.steps)
        return self

    def __exit__(self, *ended: object) -> None:
        self.display.__exit__(*ended)

    def show(self, event: Event) -> None:
        """Show one event of the runner."""
        if event.kind == "started":
            self.display.start(event.step, _shortened(event.line))
        elif event.advance is not None:
            self.display.update(event.step, event.advance)
        elif event.outcome is not None:
            self._ended(event.step, event.outcome)
        else:
            # What prepare decided about the table is said in full: everything after rests on it.
            self.display.say(event.step, event.line, lasting=event.step == "prepare")

    def _ended(self, step: str, outcome: Outcome) -> None:
        self.ended += 1
        self.display.console.print(_ended(step, outcome))
        self.display.end(step)
        self.display.count(self.ended, self.steps)


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
