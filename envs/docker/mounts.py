"""Print what `docker run` needs so that a run outlives its container: store, user, mounts, secrets.

MLflow mounts the database file and the parent run's artifacts only, at paths of its own, and has
the engine make what is missing, as root. It also starts docker from bash without quotes, and so
MLproject has bash put the words printed here into that command. This runs on the host, as the
caller, with MLFLOW_TRACKING_URI and MLFLOW_RUN_ID of the run; python3 is all it needs.
"""

import os
import re
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Handed on by name, where they are set: values would be seen in the list of processes.
CREDENTIALS = (
    "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
)  # fmt: skip
SETTINGS = (
    "USER", "MLFLOW_TRACKING_INSECURE_TLS", "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
    "MLFLOW_S3_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
    "REPRISE_WARM_MINUTES",
)  # fmt: skip
# They decide on the last bits of a result, so they must be the same inside.
NUMERICS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
    "OPENBLAS_CORETYPE", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES", "TF_ENABLE_ONEDNN_OPTS",
    "ONEDNN_MAX_CPU_ISA",
)  # fmt: skip
# bash splits and expands what it has put in.
_UNSAFE = re.compile(r"[\s*?\[\]\\]")


def main() -> list[str]:
    """The words: the tracking URI, then options of `docker run`; ValueError says what is wrong."""
    uri, run_id = os.environ["MLFLOW_TRACKING_URI"], os.environ["MLFLOW_RUN_ID"]
    words = [uri, *_user(), *_variables()]
    parts = urlsplit(uri)
    if parts.scheme == "sqlite":
        words += _sqlite(Path(parts.path[1:]), run_id)
    elif parts.scheme in ("", "file"):
        words += _mount(Path(unquote(parts.path)))
    elif parts.password is not None or (parts.username and parts.scheme.startswith("http")):
        raise ValueError(
            f"MLFLOW_TRACKING_URI must not hold a user or password, got them for host "
            f"'{parts.hostname}': put them into MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD"
        )
    elif _is_here(parts.hostname or ""):
        words += ["--network", "host"]
    for word in words:
        _check(word)
    return words


def _check(word: str) -> None:
    if _UNSAFE.search(word):
        raise ValueError(
            "paths must be without spaces and the characters *?[]\\ (MLflow starts docker "
            f"without quotes), got '{word}': run it from another folder"
        )


def _is_here(host: str) -> bool:
    """Whether a host is this machine, whose names and loopback a container does not know."""
    with socket.socket() as found:
        try:
            found.bind((host, 0))
        except OSError:
            return False
        return bool(host)


def _user() -> list[str]:
    return ["--user", f"{os.getuid()}:{os.getgid()}"]


def _variables() -> list[str]:
    names = (*CREDENTIALS, *SETTINGS, *NUMERICS)
    return [word for name in names if name in os.environ for word in ("--env", name)]


def _sqlite(database: Path, run_id: str) -> list[str]:
    """The folder of the database, and that of all artifacts where it is another one."""
    if not database.is_absolute():
        here = Path(f"/proc/{sys.argv[1]}/cwd").resolve()
        raise ValueError(
            f"MLFLOW_TRACKING_URI must name the store by its full path, got '{database}': "
            f"MLFLOW_TRACKING_URI=sqlite:///{here / database} mlflow run ..., or without it"
        )
    _check(str(database))
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as store:
        statement = "SELECT artifact_uri FROM runs WHERE run_uuid = ?"
        (artifacts,) = store.execute(statement, (run_id,)).fetchone()
    words = ["--workdir", str(database.parent), *_mount(database.parent)]
    if urlsplit(artifacts).scheme in ("", "file"):
        folder = Path(unquote(urlsplit(artifacts).path))
        # The engine would make it, and what is above it, as root.
        folder.mkdir(parents=True, exist_ok=True)
        root = folder.parents[2]  # above the experiment, the run and `artifacts`
        if not root.is_relative_to(database.parent):
            words += _mount(root)
    return words


def _mount(folder: Path) -> list[str]:
    return ["--volume", f"{folder}:{folder}"]


if __name__ == "__main__":
    try:
        print(*main())
    except ValueError as error:
        sys.exit(f"error: {error}")
