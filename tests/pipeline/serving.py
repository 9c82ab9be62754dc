"""A server process and an HTTP client, for the tests of serve."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.processes import free_port

from .conftest import ROOT, Workplace

JSON = "application/json"


@dataclass
class Server:
    """A server process on a port of this machine; its output is in `log`."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = JSON
    ) -> tuple[int, str]:
        """(status, text) of the response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {} if body is None else {"Content-Type": kind}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text

    def post(self, path: str, content: Any) -> tuple[int, Any]:
        """(status, JSON) of the response to JSON."""
        status, text = self.ask("POST", path, json.dumps(content).encode())
        return status, json.loads(text)

    def await_ready(self) -> None:
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.ask("GET", "/ping")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit status after a signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def start(place: Workplace, log: Path, *command: str, port: int) -> Server:
    """A server that answers."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=place.environment(), stdout=file, stderr=file
        )
    server = Server(process, port, log)
    try:
        server.await_ready()
    except BaseException:
        os.kill(process.pid, signal.SIGKILL)
        raise
    return server


def serve(place: Workplace, log: Path, model: str, *more: str) -> Server:
    """Our server of a model."""
    port = free_port()
    command = (sys.executable, "-m", "steps.serve", "--model", model, "--port", str(port), *more)
    return start(place, log, *command, port=port)


def serve_with_mlflow(place: Workplace, log: Path, model: str) -> Server:
    """MLflow's own server of a model."""
    port = free_port()
    program = str(Path(sys.executable).parent / "mlflow")
    options = ("--env-manager", "local", "-p", str(port))
    return start(place, log, program, "models", "serve", "-m", model, *options, port=port)
