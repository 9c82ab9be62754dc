"""What `main` shows in the terminal: a line a step while it works, a table at the end."""

from contextlib import AbstractContextManager
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reprise.evaluation.metrics import METRICS
from reprise.formatting import listed
from reprise.pipeline.outcome import Event, Outcome
from reprise.reports.main.appendix import where_to_look
from reprise.reports.main.result import Result
from reprise.tracking.contract import REASON_TAG, VERSION_TAG
from steps.terminal import display

_MARKS = {
    "FINISHED": "[green]✓[/]",
    "CACHED": "[cyan]=[/]",
    "FAILED": "[red]✗[/]",
    "SKIPPED": "[yellow]–[/]",
}
_REASONS = 3


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
    return listed(reason.split("; "), _REASONS, "; ")


def _ended(name: str, outcome: Outcome) -> str:
    text = f"{_MARKS[outcome.status]} {name:<17}{outcome.seconds:7.1f} s"
    if outcome.error:
        return f"{text}  {outcome.status.lower()}: {escape(outcome.error)}"
    values = outcome.run.data.metrics if outcome.run else {}
    shown = [
        f"{key} {value:.4g}"
        for key, value in sorted(values.items())
        if key.removeprefix("validation_").removeprefix("test_") in METRICS
    ]
    if outcome.status == "CACHED" and outcome.run is not None:
        shown.append(f"cached from run {outcome.run.info.run_id}")
    return f"{text}  {', '.join(shown)}"


def print_summary(result: Result) -> None:
    """Print the leaderboard, the winner with its test metrics, its version, and where to look."""
    console = Console(highlight=False, soft_wrap=True)
    if result.run_of("prepare") is None:
        return
    console.print(_leaderboard(result))
    registered = result.run_of("register")
    if registered is None:
        return
    tags, values = registered.data.tags, registered.data.metrics
    tested = ", ".join(
        f"{name} {values[f'test_{name}']:.4g}"
        for name in result.metrics
        if f"test_{name}" in values
    )
    console.print(f"winner   {result.winner_name}, on the test part: {tested}")
    version = f"models:/{escape(result.asked['model_name'])}/{tags[VERSION_TAG]}"
    console.print(f"version  {version} ({escape(tags[REASON_TAG])})")
    console.print(f"run      {result.parent.info.run_id}")
    console.print(f"look     {where_to_look()}")


def _leaderboard(result: Result) -> Table:
    table = Table(title="Candidates, on the validation part")
    table.add_column("family")
    for name in (*result.metrics, "time"):
        table.add_column(name, justify="right")
    for candidate in result.candidates:
        metrics = candidate.run.data.metrics
        values = [metrics.get(f"validation_{name}") for name in result.metrics]
        cells = ["" if value is None else f"{value:.4g}" for value in values]
        taken = "cached" if candidate.cached else f"{candidate.seconds:.1f} s"
        table.add_row(candidate.name, *cells, taken, style="bold" if candidate.won else None)
    return table
