"""The client's side: find or start the server of this project, and have it fork jobs.

A server belongs to one user, one state of the code, one environment of packages and one set of
environment variables: where any of these differs, it is another server.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from reprise.warm.channel import Channel
from reprise.warm.folder import locked, own_folder

ROOT = Path(__file__).resolve().parents[2]
MINUTES = "REPRISE_WARM_MINUTES"
DEFAULT_MINUTES = "5"
SOCKET = "REPRISE_WARM_SOCKET"
KILLED = 137
_GRACE_SECONDS = 4.5
_POLL_SECONDS = 0.5
# What differs from call to call and is read when it is used, never while modules are imported.
_PER_CALL = (
    *(
        "MLFLOW_RUN_ID",
        "MLFLOW_EXPERIMENT_ID",
        "MLFLOW_TRACKING_URI",
        "REPRISE_PARENT",
        "REPRISE_CORES",
        "REPRISE_NOISE",
        SOCKET,
    ),
    *("PYTEST_CURRENT_TEST", "PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES", "TERM"),
    *("MAKELEVEL", "MAKEFLAGS", "MFLAGS"),
)

# Servers outlive us, and Python warns of a process that nobody holds on to.
_started: list[subprocess.Popen[bytes]] = []


class Job:
    """A process forked for us; `status` is None while it lives, KILLED where it ended wordless."""

    def __init__(self, connection: socket.socket) -> None:
        self.channel = Channel(connection)
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
        message = {"function": function, "arguments": arguments,
                   "environment": dict(environment), "directory": str(Path.cwd())}  # fmt: skip
        self._send(message, *descriptors)

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


def fork_job(start: bool = True) -> Job | None:
    """A job of the server, which is started where there is none; None unless `start`."""
    # A job asks the server that it comes from, whatever it has set in its environment since.
    path = Path(os.environ.get(SOCKET) or _socket_path())
    connection = socket.socket(socket.AF_UNIX)
    with locked("warm"):
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            if not start:
                connection.close()
                return None
            _start_server(path)
            connection.connect(str(path))
    return Job(connection)


def run_warm(function: str, arguments: Sequence[Any], start: bool) -> int | None:
    """Call `function` in a job with our surroundings; its status, or None without a server.

    Ctrl-C and SIGTERM are passed on; they end the server as well. The same signal a second time
    kills. One after the other is what `mlflow run` makes of a single Ctrl-C, and is one request.
    """
    job = fork_job(start)
    if job is None:
        return None
    asked: dict[int, float] = {}

    def pass_on(number: int, _: object) -> None:
        if number in asked:
            job.signal(signal.SIGKILL)
        elif not asked:
            job.signal(signal.SIGTERM)
        asked.setdefault(number, time.monotonic())

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    job.call(function, arguments, {**os.environ, SOCKET: str(_socket_path())}, (0, 1, 2))
    while job.poll() is None:
        wait([job.channel.connection], timeout=_POLL_SECONDS)
        if asked and time.monotonic() > next(iter(asked.values())) + _GRACE_SECONDS:
            job.kill()
            break
    if asked:
        stop_servers()
    if job.status == KILLED:
        print("error: the process of this step was killed: run it again", file=sys.stderr)
    return KILLED if job.status is None else job.status


def stop_servers(project: Path = ROOT, but: Path | None = None) -> int:
    """Ask the servers of a project to end after their present jobs; return how many there were."""
    found = 0
    for path in own_folder().glob(f"{_name_of(str(project))}-*.socket"):
        with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
            if path != but:
                connection.connect(str(path))
                Channel(connection).send({"leave": True})
                found += 1
    return found


def _start_server(path: Path) -> None:
    """Start a server on a socket that is there at once, instead of older ones of this project."""
    stop_servers(but=path)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, path.with_suffix(".log").open("wb") as log:
        listener.bind(str(path))
        listener.listen(128)
        descriptor = listener.fileno()
        minutes = os.environ.get(MINUTES, DEFAULT_MINUTES)
        command = [sys.executable, "-m", "reprise.warm.server", str(path), str(descriptor), minutes]
        environment = {name: value for name, value in os.environ.items() if name not in _PER_CALL}
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, start_new_session=True, pass_fds=[descriptor],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        _started.append(server)


def _socket_path() -> Path:
    return own_folder() / f"{_name_of(str(ROOT))}-{_identity()}.socket"


def _identity() -> str:
    """Digest of what a server has taken in when it started."""
    code = hashlib.sha256()
    for package in ("reprise", "steps"):
        for path in sorted((ROOT / package).rglob("*.py")):
            code.update(str(path).encode() + path.read_bytes())
    packages = Path(sysconfig.get_path("purelib")).stat().st_mtime_ns
    kept = {name: value for name, value in os.environ.items() if name not in _PER_CALL}
    return _name_of(json.dumps([sys.executable, packages, code.hexdigest(), sorted(kept.items())]))


def _name_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
