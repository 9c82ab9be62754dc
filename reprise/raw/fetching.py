"""Sources of raw tables: a name becomes a local file, whatever scheme it has, and a digest."""

import atexit
import hashlib
import os
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from reprise.errors import RepriseError
from reprise.lineage.uris import parse_run_uri

SCHEMES = ("http", "https", "s3", "gs", "runs")
SKLEARN = "sklearn:"
_CHUNK = 1 << 20


def check_source(source: str) -> None:
    """Raise RepriseError where `source` can be seen to be wrong without reading it."""
    if not source.strip():
        raise RepriseError("data must name a table, got an empty text: give a path or URL")
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise RepriseError(
            f"data must be a path or URL, got '{source}' ({error}): correct it"
        ) from None
    if parts.username is not None:
        raise RepriseError(
            "data must not hold a password or user (mlflow run has logged it: change it), got one "
            f"for host '{parts.hostname}': put it into ~/.netrc or the environment "
            "(AWS_SECRET_ACCESS_KEY for s3)"
        )


def digest_source(source: str) -> str:
    """sha256 of the raw bytes behind `source`; of its name for sklearn:<name>, which the lock pins.

    What is downloaded for it is kept for `local_copy` in the same process.
    """
    check_source(source)
    if source.startswith(SKLEARN):
        return hashlib.sha256(source.encode()).hexdigest()
    with local_copy(source).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def local_copy(source: str) -> Path:
    """The file behind a path or URL, downloaded where it is not local.

    Raises RepriseError where there is none, or it cannot be had.
    """
    scheme = urlsplit(source).scheme if "://" in source or source.startswith("runs:") else ""
    if scheme in ("", "file"):
        return _existing_file(unquote(urlsplit(source).path) if scheme else source)
    if scheme not in SCHEMES:
        raise RepriseError(
            f"data must be a local path or a URL of http(s), s3, gs, runs or sklearn, "
            f"got the scheme '{scheme}' in '{source}': use one of these"
        )
    return _downloaded(source, scheme)


@cache
def _downloaded(source: str, scheme: str) -> Path:
    """Download once in the life of the process; the file goes when the process ends."""
    fetch = {"runs": _fetch_artifact, "s3": _fetch_cloud, "gs": _fetch_cloud}
    folder = Path(tempfile.mkdtemp(prefix="reprise-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return fetch.get(scheme, _fetch_http)(source, folder)


def _existing_file(name: str) -> Path:
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return path
        is_folder = path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(f"data must exist, got '{name}' ({reason}): check the path") from None
    if is_folder:
        raise RepriseError(f"data must be a file, got the folder '{name}': name a file in it")
    where = "" if path.is_absolute() else f" in {Path.cwd()}"
    hint = "" if path.is_absolute() else " (an absolute path works from anywhere)"
    raise RepriseError(f"data must exist, got '{name}', not found{where}: check the path{hint}")


def _fetch_http(url: str, folder: Path) -> Path:
    import requests
    from urllib3.exceptions import HTTPError

    target = folder / "table"
    try:
        with requests.get(url, stream=True, timeout=(10, 60)) as response:
            response.raise_for_status()
            with target.open("wb") as file:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
    except requests.HTTPError as error:
        status = f"{error.response.status_code} {error.response.reason}".strip()
        raise RepriseError(
            f"data must be readable, got '{url}', answered {status}: check the address"
        ) from None
    except (requests.RequestException, HTTPError) as error:
        raise RepriseError(
            f"data must be reachable, got '{url}', failed with {type(error).__name__}: "
            "check the address and the network"
        ) from None
    return target


def _fetch_cloud(url: str, folder: Path) -> Path:
    from pyarrow import ArrowException

    target = folder / "table"
    try:
        filesystem = _cloud_filesystem(url)
        stream = filesystem.open_input_stream(url.partition("://")[2])
        with stream, target.open("wb") as file:
            shutil.copyfileobj(stream, file, _CHUNK)
    except (OSError, ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(
            f"data must be readable, got '{url}', failed with {reason}: "
            "check the address and the credentials in the environment"
        ) from None
    return target


def _cloud_filesystem(url: str) -> Any:
    from pyarrow import fs

    if url.startswith("gs://"):
        return fs.GcsFileSystem(retry_time_limit=timedelta(seconds=30))
    # MLflow's own variable first, so that one endpoint serves tables and artifacts alike.
    names = ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    endpoint = next((os.environ[name] for name in names if os.environ.get(name)), None)
    return fs.S3FileSystem(endpoint_override=endpoint) if endpoint else fs.S3FileSystem()


def _fetch_artifact(uri: str, folder: Path) -> Path:
    import mlflow

    run_id, _ = parse_run_uri(uri)
    try:
        path = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder)))
    except (mlflow.MlflowException, OSError):
        raise RepriseError(
            f"data must exist, got '{uri}', no such artifact in run {run_id}: check the URI"
        ) from None
    if not path.is_file():
        raise RepriseError(f"data must be a file, got the folder '{uri}': name a file in it")
    return path
