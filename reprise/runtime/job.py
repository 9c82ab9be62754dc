"""A process that the server forks for us, from the client's side."""

import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from reprise.runtime import identity
from reprise.runtime.channel import Channel

KILLED = 137


class Job:
    """A process forked for us; `status` is None while it lives, KILLED where it ended wordless."""

    def __init__(self, connection: socket.socket, server: Path) -> None:
        self.channel = Channel(connection)
        self.server = server
        self.pid: int | None = None
        self.status: int | None = None

    def fileno(self) -> int:
        """The descriptor that can be read when the job has something to say or has ended."""
        return self.channel.fileno()

    def preload(self, *modules: str) -> None:
        """Have it import modules while it waits for its call."""
        self._send({"preload": modules})

    def call(
        self,
        function: str,
        arguments: Sequence[Any],
        environment: Mapping[str, str],
        descriptors: tuple[int, int, int],
    ) -> None:
        """Have it call `module:name` with JSON values, in our working directory."""
        message = {
            "function": function,
            "arguments": arguments,
            "environment": dict(environment),
            "directory": str(Path.cwd()),
            "client": identity.client(),
        }
        self._send(message, *descriptors)

    def was_forked(self) -> bool:
        """Whether it has lived: a server that dies before it forks a job has done nothing."""
        return self.pid is not None

    def why_it_ended(self) -> str:
        """Why it has ended without a word, and what to do."""
        if self.was_forked():
            return "the process of this step was killed: run it again"
        log, said = log_of(self.server), ""
        with suppress(OSError):
            said = log.read_text(errors="replace").strip()
        if not said:
            return "the warm server of this project was killed: run it again"
        return (
            f"the warm server of this project must start, but ended with '{said.splitlines()[-1]}':"
            f" mend that and run it again; all it said is in {log}"
        )

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._send({"signal": number})

    def poll(self) -> int | None:
        """Its status, or None while it lives."""
        try:
            while self.status is None and (messages := self.channel.received()):
                for message in messages:
                    self.pid = message.get("pid", self.pid)
                    self.status = message.get("status", self.status)
        except EOFError:
            self.status = KILLED
        return self.status

    def kill(self) -> None:
        """Kill it, without a chance to clean up."""
        if self.poll() is None and self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.channel.close()

    def _send(self, message: dict[str, Any], *descriptors: int) -> None:
        with suppress(OSError):  # a job that has died is found by the next poll
            self.channel.send(message, *descriptors)


def log_of(server: Path) -> Path:
    """What the server with this socket has said."""
    return server.with_suffix(".log")
