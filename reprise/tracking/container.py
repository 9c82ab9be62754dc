"""Inside the project's image: whether what a run leaves behind outlives the container."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from reprise.errors import RepriseError
from reprise.tracking.contract import IMAGE_VARIABLE

# Where MLflow itself mounts a database file, alone, and so without room for SQLite's journal.
_ALONE = "/mlflow/tmp/mlruns"


def in_image() -> bool:
    """Whether this process runs in a container of the project's image."""
    return IMAGE_VARIABLE in os.environ


def stale_image(commit: str | None, asked: str | None) -> str | None:
    """What to say where the image holds another commit than `mlflow run` was asked for."""
    if not in_image() or not commit or not asked or commit == asked:
        return None
    return f"note: the image holds commit {commit[:12]}, not {asked[:12]}: build it with make image"


def check_store(uri: str) -> None:
    """Raise RepriseError where the database behind this URI would go with the container."""
    path = store_path(uri)
    if path is not None and _goes_with_container(path):
        raise _lost("the tracking store", uri)


def check_artifacts(location: str) -> None:
    """Raise RepriseError where artifacts under this location would go with the container."""
    path = local_path(location)
    if path is not None and _goes_with_container(path):
        raise _lost("the artifact root", location)


def check_file(path: Path) -> None:
    """Raise RepriseError where a file at this path would go with the container."""
    if _goes_with_container(path):
        raise RepriseError(
            f"output must outlive the container, got '{path}' inside it: name a file in the folder "
            "of mlflow.db, or mount its folder with `-A volume=/data:/data`"
        )


def store_path(uri: str, folder: Path | None = None) -> Path | None:
    """The database or folder of a tracking store, as named from a folder, else from this one.

    None where it is behind a server.
    """
    named = uri.removeprefix("sqlite:///") if uri.startswith("sqlite:") else uri
    return local_path(named, folder)


def local_path(uri: str, folder: Path | None = None) -> Path | None:
    """The path that a URI or path names, from a folder, else from this one.

    None where it names a place behind a server.
    """
    parts = urlsplit(uri)
    here = folder or Path.cwd()
    return here / unquote(parts.path) if parts.scheme in ("", "file") else None


def _goes_with_container(path: Path) -> bool:
    if not in_image():
        return False
    if str(path) == _ALONE:
        return True
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    return existing.stat().st_dev == Path("/").stat().st_dev


def _lost(what: str, place: str) -> RepriseError:
    return RepriseError(
        f"{what} must outlive the container, got '{place}' inside it: nothing was done; start it "
        "from the folder of mlflow.db with `mlflow run envs/docker` (or `<git url>#envs/docker`), "
        "which mounts that folder, or give MLFLOW_TRACKING_URI of a server"
    )
