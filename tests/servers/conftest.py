"""A team's server, running: one for the session."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .team import ROOT, Team, team_server


@pytest.fixture(scope="session")
def server_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of deploy/server/requirements.txt."""
    folder = tmp_path_factory.mktemp("server") / "environment"
    lock = ROOT / "deploy/server/requirements.txt"
    subprocess.run([sys.executable, ROOT / "bootstrap.py", folder, lock], check=True)
    return folder


@pytest.fixture(scope="session")
def team(server_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """PostgreSQL, S3 and MLflow with accounts."""
    folder = tmp_path_factory.mktemp("team")
    with team_server(folder, server_environment) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)
