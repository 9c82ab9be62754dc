"""The server: imports once, then forks a job for every connection. It keeps nothing between them.

A client starts it with `python -m reprise.warm.server <socket> <descriptor> <minutes>`, having
made the socket itself, so that it can connect at once.
"""

import gc
import os
import signal
import socket
import sys
import time
from multiprocessing.connection import wait
from pathlib import Path
from typing import NoReturn

from reprise.warm import job, preload
from reprise.warm.folder import locked

_POLL_SECONDS = 0.2


class Server:
    """Forks a job for each connection, until none has been alive for `idle_seconds`."""

    def __init__(self, listener: socket.socket, path: Path, idle_seconds: float) -> None:
        self.listener = listener
        self.path = path
        self.idle_seconds = idle_seconds
        self.jobs: set[int] = set()
        signal.signal(signal.SIGTERM, self._leave)

    def run(self) -> None:
        """Serve; a main is forked as soon as what it needs is there, its steps after the rest."""
        stages = (
            lambda: preload.load(preload.TRACKING),
            preload.read_code,
            preload.prepare_store,
            preload.compile_templates,
            lambda: preload.load(preload.PREPARING),
            lambda: preload.load(preload.LEARNING),
            preload.read_packages,
            lambda: preload.load(preload.DRAWING),
        )
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
        pid = os.fork()
        if pid == 0:
            self.listener.close()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            job.live(connection)
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


def _main(path: str, descriptor: str, minutes: str) -> NoReturn:
    listener = socket.socket(fileno=int(descriptor))
    Server(listener, Path(path), 60 * float(minutes)).run()
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
