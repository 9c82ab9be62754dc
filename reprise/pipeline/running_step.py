"""A step while its process lives, and what its run keeps of it when that has ended."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow

from reprise.errors import hidden
from reprise.pipeline.outcome import Event, Outcome
from reprise.pipeline.processes import StepProcess, exit_reason
from reprise.runtime import stderr
from reprise.runtime.progress import Advance
from reprise.tracking.contract import ERROR_TAG, LOG, NOISE


@dataclass(frozen=True)
class RunningStep:
    """The process of a step, its run, and the file that keeps what libraries say in it."""

    name: str
    process: StepProcess
    run_id: str
    noise: Path
    started: float = field(default_factory=time.perf_counter)

    def waitable(self) -> list[Any]:
        """What can be waited for: it is ready when the step has something to say or has ended."""
        return [self.process.output, *self.process.waitable()]

    def events(self) -> Iterator[Event]:
        """What the step has told since the last call."""
        for line in self.process.output.lines():
            advance = Advance.from_line(line)
            yield Event("line" if advance is None else "advance", self.name, line, advance=advance)

    def end(self, status: int) -> Outcome:
        """Let go of a process that has ended with this exit status; what it said goes to its run.

        A run that is still open is marked as KILLED.
        """
        seconds = time.perf_counter() - self.started
        self.process.output.close()
        self.process.kill()  # it has ended: this lets go of the line to it
        client = mlflow.MlflowClient()
        self._keep_what_was_said(client)
        run = client.get_run(self.run_id)
        if status == 0 and run.info.status == "FINISHED":
            return Outcome("FINISHED", run, seconds)
        error = run.data.tags.get(ERROR_TAG)
        if run.info.status == "RUNNING":
            error = exit_reason(status)
            client.set_tag(self.run_id, ERROR_TAG, error)
            client.set_terminated(self.run_id, "KILLED")
        return Outcome("FAILED", run, seconds, error or f"see {LOG} of run {self.run_id}")

    def kill(self, deadline: float) -> None:
        """Kill the process unless it ends before this time of the monotonic clock."""
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        self.process.kill()
        client = mlflow.MlflowClient()
        if client.get_run(self.run_id).info.status == "RUNNING":
            client.set_terminated(self.run_id, "KILLED")

    def _keep_what_was_said(self, client: mlflow.MlflowClient) -> None:
        log = self.process.output.log
        if log.exists():
            client.log_artifact(self.run_id, str(log.rename(log.with_name(LOG))))
        if self.noise.exists() and (said := stderr.text_of(self.noise)):
            client.log_text(self.run_id, hidden(said), NOISE)
