"""A tracking store that goes away in the middle of a run and comes back."""

import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from .conftest import Workplace

pytestmark = pytest.mark.slow

ARGUMENTS = ("--models", "elasticnet,rf", "--tune_model", "none")
AWAY_SECONDS = 20.0


@dataclass(frozen=True)
class ServedWorkplace(Workplace):
    """A workplace whose store is behind a server, artifacts too."""

    port: int

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def served(self) -> Iterator[None]:
        """A server on the store of this folder, until the end of the block."""
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--port",
            str(self.port),
            "--workers",
            "1",
            "--backend-store-uri",
            f"sqlite:///{self.folder}/server.db",
            "--artifacts-destination",
            str(self.folder / "artifacts"),
        ]
        with (self.folder / "server.log").open("ab") as log:
            server = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        try:
            self._wait_until_it_answers()
            yield
        finally:
            server.terminate()
            server.wait(timeout=30)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.uri}/health", timeout=1).ok:
                    return
            except requests.RequestException:
                time.sleep(0.2)
        raise AssertionError((self.folder / "server.log").read_text())


def start_main(workplace: Workplace) -> subprocess.Popen[str]:
    """Start main and return once it has begun to train."""
    process = subprocess.Popen(
        [sys.executable, "-m", "steps.main", *ARGUMENTS],
        cwd=workplace.folder,
        env=workplace.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in process.stdout:
        if "train_elasticnet: started" in line:
            return process
    raise AssertionError(f"main ended with {process.wait()}")


def assert_complete(workplace: Workplace, process: subprocess.Popen[str]) -> None:
    output = process.communicate(timeout=240)[0]
    assert process.returncode == 0, output
    children = workplace.children(workplace.runs("main")[0])
    assert set(children) == {"prepare", "train_elasticnet", "train_rf", "ensemble", "register"}
    assert {run.info.status for run in children.values()} == {"FINISHED"}
    assert workplace.client.get_model_version_by_alias("reprise", "champion").aliases == [
        "champion"
    ]


def test_a_server_that_is_away_for_20_seconds_is_waited_for(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    workplace = ServedWorkplace(tmp_path, port)
    with workplace.served():
        process = start_main(workplace)
    time.sleep(AWAY_SECONDS)
    with workplace.served():
        assert_complete(workplace, process)


def test_a_database_that_another_program_locks_for_longer_than_mlflow_waits_is_waited_for(
    workplace: Workplace,
) -> None:
    process = start_main(workplace)
    with closing(sqlite3.connect(workplace.folder / "mlflow.db", timeout=60)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(AWAY_SECONDS + 8)
        other.rollback()
    assert_complete(workplace, process)
