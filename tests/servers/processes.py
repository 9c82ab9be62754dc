"""Servers for tests: started as processes of this machine, waited for, and ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import requests


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def running(
    command: Sequence[str | Path],
    ready: Callable[[], bool],
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[None]:
    """The process, once it is ready; it and what it has started end with the block."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            stdout=file,
            stderr=file,
            cwd=folder,
            start_new_session=True,
            env=None if environment is None else dict(environment),
        )
    try:
        deadline = time.monotonic() + 180
        while not ready():
            assert process.poll() is None, log.read_text()[-5000:]
            assert time.monotonic() < deadline, log.read_text()[-5000:]
            time.sleep(0.2)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def listens(port: int) -> bool:
    """Whether somebody accepts connections on a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def is_healthy(port: int, certificate: Path | None = None) -> bool:
    """Whether an MLflow server on this port says that it is well, by TLS if it has that."""
    scheme = "https" if certificate else "http"
    try:
        address = f"{scheme}://127.0.0.1:{port}/health"
        return requests.get(address, timeout=2, verify=str(certificate) if certificate else True).ok
    except requests.RequestException:
        return False
