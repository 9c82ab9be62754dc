"""The server: imports once, then forks a job for every connection. It keeps nothing between them.

A client starts it with `python -m reprise.runtime.fork_server <socket> <descriptor> <minutes>
<module:name> <code>`, having made the socket itself, so that it can connect at once. The name is
that of the stages: functions that import what jobs need, in the order in which they come to need
it. `code` is the digest of the code that it is to serve: it ends where it finds another.
"""

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path
from typing import NoReturn

from reprise.runtime import fork_job
from reprise.runtime.locks import locked
from reprise.runtime.pinned_code import digest, pin

_POLL_SECONDS = 0.2


class Server:
    """Forks a job for each connection, until none has been alive for `idle_seconds`."""

    def __init__(self, listener: socket.socket, path: Path, idle_seconds: float) -> None:
        self.listener = listener
        self.path = path
        self.idle_seconds = idle_seconds
        self.jobs: set[int] = set()
        signal.signal(signal.SIGTERM, self._leave)

    def run(self, stages: Sequence[Callable[[], None]]) -> None:
        """Serve; between two stages, jobs are forked for those who have connected meanwhile."""
        gc.disable()  # imports leave no garbage, and looking for it takes a sixth of their time
        for stage in stages:
            stage()
            while wait([self.listener], timeout=0):
                self._fork()
        last_used = time.monotonic()
        while self.jobs or time.monotonic() <= last_used + self.idle_seconds or not self._closed():
            if self.jobs:
                last_used = time.monotonic()
                self._reap()
            patience = _POLL_SECONDS if self.jobs else min(self.idle_seconds, 1.0)
            if wait([self.listener], timeout=patience):
                self._fork()
                last_used = time.monotonic()

    def _fork(self) -> None:
        connection = self.listener.accept()[0]
        server, pid = os.getpid(), os.fork()
        if pid == 0:
            self.listener.close()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            fork_job.live(connection, self.path, server)
        connection.close()
        self.jobs.add(pid)

    def _reap(self) -> None:
        self.jobs = {pid for pid in self.jobs if os.waitpid(pid, os.WNOHANG)[0] == 0}

    def _closed(self) -> bool:
        """Take the socket away, unless somebody has just connected."""
        with locked("warm"):
            if wait([self.listener], timeout=0):
                return False
            self.path.unlink(missing_ok=True)
            self.path.with_suffix(".log").unlink(missing_ok=True)
            return True

    def _leave(self, *_: object) -> None:
        """End after the jobs that are running now."""
        self.idle_seconds = 0.0


def _main(path: str, descriptor: str, minutes: str, stages: str, code: str) -> NoReturn:
    pin()  # what is saved while it starts is another server's
    if digest() != code:
        sys.exit("the project's code was edited while it started")
    module, _, name = stages.partition(":")
    listener = socket.socket(fileno=int(descriptor))
    server = Server(listener, Path(path), 60 * float(minutes))
    server.run(getattr(import_module(module), name))
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
