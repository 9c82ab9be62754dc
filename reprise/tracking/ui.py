"""MLflow's pages on the store that runs are tracked in.

`python -m reprise ui <port>` serves them, or says where they are.
"""

import os
import socket
import sys

from reprise.errors import hidden
from reprise.tracking import store

_LAST_PORT = 65535
_TRAINING = "workflowType=machine_learning"


def command(port: int) -> list[str]:
    """The command that serves the pages of the local store.

    Raises ValueError for a port that is taken, or is none.
    """
    if not 0 < port <= _LAST_PORT:
        raise ValueError(f"PORT must be from 1 to {_LAST_PORT}, got {port}: choose one")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ValueError(f"PORT must be free, got {port}, which is in use: choose another")
    return ["mlflow", "server", "--backend-store-uri", store.uri(), "--port", str(port)]


def show(port: int) -> None:
    """Say where the pages are, and become their server where there is none; exits with 1."""
    uri = store.uri()
    if uri.startswith("http"):
        print(f"MLflow: {hidden(uri)}")
        return
    try:
        arguments = command(port)
    except ValueError as error:
        sys.exit(f"error: {error}")
    if not store.is_ready():
        store.open_store()
    experiment = store.experiment_in_file() if uri.startswith("sqlite:///") else None
    # Without it, MLflow shows what it has for prompts and traces.
    page = f"/#/experiments/{experiment}/runs?{_TRAINING}" if experiment else ""
    print(f"MLflow: http://127.0.0.1:{port}{page}", flush=True)
    print(f"on {hidden(uri)}; Ctrl-C ends it", flush=True)
    # The server's variables are its own: MLflow refuses to track through itself.
    kept = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    os.execvpe(arguments[0], arguments, {"MLFLOW_LOGGING_LEVEL": "WARNING", **kept})
