"""A team's server on one machine, started as README has it: SQLite, local artifacts."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import free_port, is_healthy, running

from .readme import command

HOST = socket.gethostname()


@contextmanager
def served_store(folder: Path) -> Iterator[str]:
    """The server's address, until the block ends; its store is in `folder`."""
    port = free_port()

    def said(start: str) -> str:
        return command(start).replace("$HOSTNAME", HOST).replace(":5000", f":{port}")

    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    line = "exec " + said("mlflow server") + f" --port {port}"
    log = folder / "server.log"
    ready = lambda: is_healthy(port)  # noqa: E731
    with running(["bash", "-c", line], ready, log, kept | {"PATH": path}, folder):
        export = said("export MLFLOW_TRACKING_URI=http://$HOSTNAME")
        yield export.removeprefix("export MLFLOW_TRACKING_URI=")
