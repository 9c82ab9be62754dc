"""Where a step runs: in a job forked from the warm server, or under `mlflow run`."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from reprise.advance import MARK
from reprise.lineage.container import IN_IMAGE
from reprise.lineage.source import ROOT
from reprise.warm.client import KILLED, Job, fork_job


class StepProcess(Protocol):
    """One step that is running, or about to; `output` is what it writes."""

    output: "Output"

    def start(
        self, entry_point: str, parameters: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        """Run the step, within the run that MLFLOW_RUN_ID of `environment` names."""

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
    """A job of the warm server; `preload` is imported while it waits for its start."""

    def __init__(self, log: Path, function: str, preload: Sequence[str] = ()) -> None:
        self.output = Output(log)
        self.function = function
        self.work: tuple[list[Any], Mapping[str, str]] | None = None
        self.job = _forked()
        if preload:
            self.job.preload(*preload)

    def start(
        self, entry_point: str, parameters: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        """Run the step in the job."""
        given = [text for name, value in parameters.items() for text in (f"--{name}", f"{value}")]
        self.work = ([entry_point, given], environment)
        self._call(*self.work)

    def _call(self, arguments: list[Any], environment: Mapping[str, str]) -> None:
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123
            descriptors = (nothing.fileno(), self.output.write_end, self.output.write_end)
            self.job.call(self.function, arguments, environment, descriptors)

    def waitable(self) -> list[int | Job]:
        """The line to the job."""
        return [self.job]

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        status = self.job.poll()
        if status == KILLED and self.job.pid is None and self.work is not None:
            # The server died before it forked the job: nothing has been done, another one does it.
            work, self.work, self.job = self.work, None, _forked()
            self._call(*work)
            return None
        return status

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        self.job.signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.job.kill()


def _forked() -> Job:
    job = fork_job()
    if job is None:
        raise RuntimeError("a server is started where there is none")
    return job


class MlflowProcess:
    """`mlflow run -e <step>` within the run that is there already, as any other backend starts it.

    Imports start anew for every step; the environment manager is that of the caller.
    """

    def __init__(self, log: Path) -> None:
        self.output = Output(log)
        self.process: subprocess.Popen[bytes] | None = None

    def start(
        self, entry_point: str, parameters: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        """Start `mlflow run`."""
        given = [text for name, value in parameters.items() for text in ("-P", f"{name}={value}")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "run", str(_project()), "-e", entry_point,
             "--env-manager", "local", "--run-id", environment["MLFLOW_RUN_ID"], *given],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.output.write_end,
            stderr=self.output.write_end, start_new_session=True,
        )  # fmt: skip

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
    return ROOT / "envs" / "conda" if IN_IMAGE in os.environ else ROOT


def exit_reason(status: int) -> str:
    """An exit status in words."""
    return (
        "its process was killed" if status in (KILLED, -9) else f"its process ended with {status}"
    )
