"""A team's server on one machine: SQLite, local artifacts, nobody logs in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import free_port, is_healthy, running


@contextmanager
def served_store(folder: Path) -> Iterator[str]:
    """The server's URI, until the block ends; its store is in `folder`."""
    port = free_port()
    command = [Path(sys.executable).with_name("mlflow"), "server", "--port", str(port),
               "--workers", "1"]  # fmt: skip
    with running(command, lambda: is_healthy(port), folder / "server.log", folder=folder):
        yield f"http://127.0.0.1:{port}"
