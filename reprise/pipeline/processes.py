"""Where a step runs: in a job forked from the warm server, or under `mlflow run`."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from reprise.runtime.fork_client import ServerSettings, fork_job
from reprise.runtime.job import KILLED, Job
from reprise.runtime.paths import ROOT
from reprise.runtime.progress import MARK
from reprise.tracking.contract import IMAGE_VARIABLE
from reprise.tracking.step_context import StepContext


class StepProcess(Protocol):
    """One step that is running, or about to; `output` is what it writes."""

    output: "Output"

    def start(self, entry_point: str, parameters: Mapping[str, Any], context: StepContext) -> None:
        """Run the step, within the run of its context."""

    def waitable(self) -> "list[int | Job]":
        """What can be waited for beside the output: it is ready when the step ends."""

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl-C does."""

    def kill(self) -> None:
        """Kill it."""


class Output:
    """What a process writes: lines for those who watch, and all but `Advance`s in a log file."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.read_end, False)
        self.begun = b""

    def fileno(self) -> int:
        """The descriptor that can be read when there is more."""
        return self.read_end

    def lines(self) -> list[str]:
        """The lines that have been completed since the last call."""
        written = b""
        with suppress(BlockingIOError):
            while data := os.read(self.read_end, 1 << 16):
                written += data
        *complete, self.begun = (self.begun + written).split(b"\n")
        self._log(*(line + b"\n" for line in complete))
        return [line.decode("utf-8", "replace").rstrip() for line in complete]

    def _log(self, *lines: bytes) -> None:
        """Add lines to the log; how far the work is at a moment is none of its matter."""
        if kept := [line for line in lines if not line.startswith(MARK.encode())]:
            with self.log.open("ab") as file:
                file.writelines(kept)

    def close(self) -> None:
        """Stop listening."""
        self._log(*([self.begun] if self.begun else []))
        os.close(self.read_end)
        os.close(self.write_end)


class WarmProcess:
    """A job of the fork server; `preload` is imported while it waits for its start."""

    def __init__(
        self, log: Path, function: str, server: ServerSettings, preload: Sequence[str] = ()
    ) -> None:
        self.output = Output(log)
        self.function, self.server = function, server
        self.work: list[Any] | None = None
        self.again = True  # whether another server may do what one has died of
        self.job = fork_job(server)
        if preload:
            self.job.preload(*preload)

    def start(self, entry_point: str, parameters: Mapping[str, Any], context: StepContext) -> None:
        """Run the step in the job."""
        self.work = [entry_point, as_arguments(parameters), context.to_json()]
        self._call(self.work)

    def _call(self, arguments: list[Any]) -> None:
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123
            descriptors = (nothing.fileno(), self.output.write_end, self.output.write_end)
            self.job.call(self.function, arguments, os.environ, descriptors)

    def waitable(self) -> list[int | Job]:
        """The line to the job."""
        return [self.job]

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        status = self.job.poll()
        if status is None or self.job.was_forked() or self.work is None:
            return status
        # The server died before it forked the job: nothing has been done.
        work, self.work = self.work, None
        if self.again:
            self.again, self.job, self.work = False, fork_job(self.server), work
            self._call(work)
            return None
        os.write(self.output.write_end, f"{self.job.why_it_ended()}\n".encode())
        return status

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        self.job.signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.job.kill()


class MlflowProcess:
    """`mlflow run -e <step>` within the run that is there already, as any other backend starts it.

    Imports start anew for every step; the environment manager is that of the caller.
    """

    def __init__(self, log: Path) -> None:
        self.output = Output(log)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, entry_point: str, parameters: Mapping[str, Any], context: StepContext) -> None:
        """Start `mlflow run`."""
        given = [text for name, value in parameters.items() for text in ("-P", f"{name}={value}")]
        program = [sys.executable, "-m", "mlflow", "run", str(_project())]
        options = ["-e", entry_point, "--env-manager", "local", "--run-id", context.run_id]
        self._open([*program, *options, *given], context.to_environment(os.environ))

    def _open(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output.write_end,
            stderr=self.output.write_end,
            start_new_session=True,
        )

    def waitable(self) -> list[int | Job]:
        """Nothing: it is looked after once in a while."""
        return []

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        return None if self.process is None else self.process.poll()

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and what it has started."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def _project() -> Path:
    """Where an MLproject asks for no docker: in an image, MLflow may have put one at the root."""
    return ROOT / "envs" / "conda" if IMAGE_VARIABLE in os.environ else ROOT


def as_arguments(parameters: Mapping[str, Any]) -> list[str]:
    """Parameters as a step's command takes them."""
    return [text for name, value in parameters.items() for text in (f"--{name}", f"{value}")]


def exit_reason(status: int) -> str:
    """An exit status in words."""
    return (
        "its process was killed" if status in (KILLED, -9) else f"its process ended with {status}"
    )
