"""The command behind `make ui`: which store it opens, and on which port."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from reprise.tracking import ui

ROOT = Path(__file__).resolve().parents[3]


def say(port: str, uri: str | None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    environment = kept | {"PYTHONPATH": str(ROOT)} | ({"MLFLOW_TRACKING_URI": uri} if uri else {})
    return subprocess.run(
        [sys.executable, "-m", "reprise", "ui", port],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_store_is_that_of_make_run_unless_another_is_named(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert "sqlite:///mlflow.db" in ui.command(5001)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////else/where.db")
    assert "sqlite:////else/where.db" in ui.command(5001)


def test_a_server_is_not_served_again_but_said_without_its_password():
    said = say("5000", "https://ann:secret@mlflow.example.org")
    assert (said.returncode, said.stdout) == (0, "MLflow: https://mlflow.example.org\n")


@pytest.mark.parametrize("port", ["0", "70000", "none"])
def test_a_port_that_is_none_is_refused(port):
    said = say(port, None)
    assert said.returncode == 1
    assert said.stderr.startswith("error: PORT must be from 1 to 65535, got ")


def test_a_port_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = say(str(port), None)
    assert said.returncode == 1
    assert said.stderr == f"error: PORT must be free, got {port}, which is in use: choose another\n"
