"""Print what `docker run` needs so that a run outlives its container: store, user, mounts, secrets.

MLflow mounts the database file and the parent run's artifacts only, at paths of its own, and has
the engine make what is missing, as root. It also starts docker from bash without quotes, and so
MLproject has bash put the words printed here into that command. This runs on the host, as the
caller, with MLFLOW_TRACKING_URI and MLFLOW_RUN_ID of the run; python3 is all it needs.
"""

import itertools
import os
import re
import shlex
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Handed on by name, where they are set: values would be seen in the list of processes.
CREDENTIALS = (
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
SETTINGS = (
    "USER",
    "MLFLOW_TRACKING_INSECURE_TLS",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
    "MLFLOW_S3_ENDPOINT_URL",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "REPRISE_WARM_MINUTES",
)
# Threads are as many inside; the level of instructions steps take on by themselves.
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
# Names of docker's options: the short one, and the long one that we use.
_LONG = {"e": "env", "net": "network", "u": "user", "v": "volume", "w": "workdir"}
# bash splits and expands what it has put in.
_UNSAFE = re.compile(r"[\s*?\[\]\\]")


def main(caller: str, command: str = "") -> list[str]:
    """The words: the tracking URI, then options of `docker run`; ValueError says what is wrong.

    `caller` is the process id of `mlflow run`, `command` what it has bash run: options that stand
    in there (`-A name=value`) are the caller's, and none of ours takes their place.
    """
    uri, run_id = os.environ["MLFLOW_TRACKING_URI"], os.environ["MLFLOW_RUN_ID"]
    options = [("user", f"{os.getuid()}:{os.getgid()}"), *_variables()]
    parts = urlsplit(uri)
    if parts.scheme == "sqlite":
        options += _sqlite(Path(parts.path[1:]), run_id, caller)
    elif parts.scheme in ("", "file"):
        options += [_volume(Path(unquote(parts.path)))]
    elif parts.password is not None or (parts.username and parts.scheme.startswith("http")):
        raise ValueError(
            f"MLFLOW_TRACKING_URI must not hold a user or password, got them for host "
            f"'{parts.hostname}': put them into MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD"
        )
    elif _is_here(parts.hostname or ""):
        options += [("network", "host")]
    given = _given(command)
    ours = [option for option in options if _key(*option) not in given]
    for name, value in ours:
        if name == "volume":
            _check_narrow(Path(value.partition(":")[0]))
            _check_without_key(Path(value.partition(":")[0]))
    words = [uri, *(word for name, value in ours for word in (f"--{name}", value))]
    for word in words:
        _check(word)
    return words


def _given(command: str) -> set[tuple[str, str]]:
    """What the caller has decided by options of his own, as `_key` tells it."""
    try:
        words = shlex.split(command)
    except ValueError:
        return set()
    mine = itertools.takewhile(lambda word: not word.startswith("MLFLOW_TRACKING_URI="), words)
    pairs = itertools.pairwise(mine)
    return {
        _key(_LONG.get(name.lstrip("-"), name.lstrip("-")), value)
        for name, value in pairs
        if name.startswith("-")
    }


def _key(name: str, value: str) -> tuple[str, str]:
    """What docker takes once: an option, a variable's name, or a place in the container."""
    if name == "env":
        return name, value.partition("=")[0]
    if name == "volume":
        return name, value.split(":")[1] if ":" in value else value
    if name == "mount":
        found = re.search(r"(?:^|,)(?:target|destination|dst)=([^,]+)", value)
        return "volume", found[1] if found else ""
    return name, ""


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


def _variables() -> list[tuple[str, str]]:
    names = (*CREDENTIALS, *SETTINGS, *THREADS)
    return [("env", name) for name in names if name in os.environ]


def _sqlite(database: Path, run_id: str, caller: str) -> list[tuple[str, str]]:
    """The folder of the database, and those of artifacts that lie elsewhere."""
    if not database.is_absolute():
        here = Path(f"/proc/{caller}/cwd").resolve()
        raise ValueError(
            f"MLFLOW_TRACKING_URI must name the store by its full path, got '{database}': "
            f"MLFLOW_TRACKING_URI=sqlite:///{here / database} mlflow run ..., or without it"
        )
    _check(str(database))
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as store:
        statement = "SELECT artifact_uri, experiment_id FROM runs WHERE run_uuid = ?"
        artifacts, experiment = store.execute(statement, (run_id,)).fetchone()
    options = [("workdir", str(database.parent)), _volume(database.parent)]
    if urlsplit(artifacts).scheme in ("", "file"):
        folder = Path(unquote(urlsplit(artifacts).path))
        # The engine would make it, and what is above it, as root.
        folder.mkdir(parents=True, exist_ok=True)
        root = _artifact_root(folder.parents[1], str(experiment))  # above the run and `artifacts`
        if not root.is_relative_to(database.parent):
            options += [_volume(root)]
    return options


def _artifact_root(location: Path, experiment: str) -> Path:
    """Where all experiments of a store lie, or this one where it was given a place of its own."""
    # MLflow calls the folder of an experiment after its id, under the store's artifact root.
    is_numbered = location.name == experiment and location.parent != Path("/")
    return location.parent if is_numbered else location


def _volume(folder: Path) -> tuple[str, str]:
    return "volume", f"{folder}:{folder}"


def _check_narrow(folder: Path) -> None:
    """Raise ValueError where a folder holds the caller's home, keys and all."""
    home = Path.home().resolve()
    if home.is_relative_to(folder.resolve()):
        raise ValueError(
            f"the store and its artifacts must lie in a folder of their own, got '{folder}', which "
            "the container would see whole: start it from another folder, such as ~/runs, or "
            f"mount it by hand with `-A volume={folder}:{folder}`"
        )


def _check_without_key(folder: Path) -> None:
    """Raise ValueError where a folder holds the private key that versions are signed with."""
    key = os.environ.get("REPRISE_SIGNING_KEY")
    if key and Path(key).expanduser().resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            "REPRISE_SIGNING_KEY must name a file outside the store and its artifacts, got "
            f"'{key}' in '{folder}', which the container would see whole: move it, to "
            "~/.config/reprise for example"
        )


if __name__ == "__main__":
    try:
        print(*main(*sys.argv[1:]))
    except ValueError as error:
        sys.exit(f"error: {error}")
