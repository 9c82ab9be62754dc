"""The client's side: find or start the server of this project, and have it fork jobs.

A server belongs to one user, one state of the code, one environment of packages, one set of
environment variables and one set of surroundings, from umask to cgroup: where any of these differs,
it is another server.
"""

import fcntl
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from reprise.runtime import pinned_code
from reprise.runtime.channel import Channel
from reprise.runtime.fork_job import own_server
from reprise.runtime.held import if_let_go
from reprise.runtime.job import KILLED, Job, log_of
from reprise.runtime.locks import locked, own_folder
from reprise.runtime.paths import ROOT
from reprise.runtime.surroundings import surroundings

_GRACE_SECONDS = 4.5
_POLL_SECONDS = 0.5
# Variables of shells and the like that differ from call to call and no import reads.
_OF_THE_CALLER = (
    *("PYTEST_CURRENT_TEST", "PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES", "TERM"),
    *("MAKELEVEL", "MAKEFLAGS", "MFLAGS"),
)

# Servers outlive us, and Python warns of a process that nobody holds on to.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class ServerSettings:
    """How a server is started, and which one serves.

    `stages` is the `module:name` of the functions that it calls before it waits; it ends after so
    many idle `minutes`. Variables of the environment that are `per_call` are read when a job uses
    them, never while modules are imported, so that one server serves whatever their values.
    """

    stages: str
    minutes: float = 5.0
    per_call: tuple[str, ...] = ()

    def environment(self) -> dict[str, str]:
        """The environment of the server: ours, without what differs from call to call."""
        left_out = {*_OF_THE_CALLER, *self.per_call}
        return {name: value for name, value in os.environ.items() if name not in left_out}


def fork_job(settings: ServerSettings) -> Job:
    """A job of the server, which is started where there is none."""
    code = pinned_code.digest()
    path = _socket_path(settings, code)
    with locked("warm"):
        job = _job_of(path)
        if job is None:
            _start_server(path, settings, code)
            job = _job_of(path)
    if job is None:
        raise RuntimeError("a server has a socket from its start")
    return job


def job_if_served(settings: ServerSettings) -> Job | None:
    """A job of the server; None where there is none."""
    path = _socket_path(settings, pinned_code.digest())
    with locked("warm"):
        return _job_of(path)


def _job_of(path: Path) -> Job | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return Job(connection, path)


def run_job(job: Job, function: str, arguments: Sequence[Any], again: Callable[[], Job]) -> int:
    """Call `function` in a job with our surroundings, and wait for its status.

    Ctrl-C and SIGTERM are passed on; they end the server as well. The same signal a second time
    kills. One after the other is what `mlflow run` makes of a single Ctrl-C, and is one request.
    Where the server dies before it has forked the job, another one, of `again`, does its work.
    """
    asked: dict[int, float] = {}

    def pass_on(number: int, _: object) -> None:
        if number in asked:
            job.signal(signal.SIGKILL)
        elif not asked:
            job.signal(signal.SIGTERM)
        asked.setdefault(number, time.monotonic())

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    _call(job, function, arguments, asked)
    if not (job.was_forked() or asked):
        pinned_code.pinned_files.cache_clear()  # it dies where one has been saved since it was read
        job = again()
        _call(job, function, arguments, asked)
    if asked:
        stop_servers()
    if job.status == KILLED:
        print(f"error: {job.why_it_ended()}", file=sys.stderr)
    return KILLED if job.status is None else job.status


def _call(job: Job, function: str, arguments: Sequence[Any], asked: Mapping[int, float]) -> None:
    """Have a job call, and wait for its end, not for long once it was `asked` to end."""
    job.call(function, arguments, os.environ, (0, 1, 2))
    while job.poll() is None:
        wait([job.channel.connection], timeout=_POLL_SECONDS)
        if asked and time.monotonic() > next(iter(asked.values())) + _GRACE_SECONDS:
            job.kill()
            return
    job.channel.close()


def stop_servers(but: Path | None = None) -> int:
    """Ask the servers of this project to end after their present jobs; return how many there were.

    The one with the socket `but` goes on.
    """
    found = 0
    for path in own_folder().glob(f"{_name_of(str(ROOT))}-*.socket"):
        with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
            if path != but:
                connection.connect(str(path))
                Channel(connection).send({"leave": True})
                found += 1
    return found


def _start_server(path: Path, settings: ServerSettings, code: str) -> None:
    """Start a server on a socket that is there at once, instead of older ones of this project."""
    stop_servers(but=path)
    path.unlink(missing_ok=True)
    _sweep()
    with socket.socket(socket.AF_UNIX) as listener, log_of(path).open("wb") as log:
        fcntl.flock(log, fcntl.LOCK_EX)  # the server's, which writes there to its end
        listener.bind(str(path))
        listener.listen(128)
        descriptor = listener.fileno()
        module = "reprise.runtime.fork_server"
        arguments = [str(path), str(descriptor), str(settings.minutes), settings.stages, code]
        server = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=settings.environment(),
            start_new_session=True,
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        _started.append(server)


def _sweep() -> None:
    """Remove what servers have left that were killed."""
    for path in own_folder().glob("*.socket"):
        if_let_go(log_of(path), partial(_remove_if_deaf, path))


def _remove_if_deaf(path: Path, log: Path) -> None:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)
        log.unlink(missing_ok=True)


def _socket_path(settings: ServerSettings, code: str) -> Path:
    """Where the server for us listens: that of a job is the one that it comes from.

    Whatever a job has set in its environment since.
    """
    if (path := own_server()) is not None:
        return path
    return own_folder() / f"{_name_of(str(ROOT))}-{_identity(settings, code)}.socket"


def _identity(settings: ServerSettings, code: str) -> str:
    """Digest of what a server takes in when it starts, and hands on."""
    packages = Path(sysconfig.get_path("purelib")).stat().st_mtime_ns
    environment = sorted(settings.environment().items())
    taken_in = [sys.executable, packages, str(ROOT), code, environment, surroundings()]
    return _name_of(json.dumps(taken_in))


def _name_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
