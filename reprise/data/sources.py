"""Sources of raw tables: a name becomes a local file, whatever scheme it has."""

import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from reprise.data.buckets import fetch_from_bucket
from reprise.data.folders import check_parts, folder_at, is_folder
from reprise.data.formats.delta_table import DELTA, is_delta, split_version
from reprise.data.typed_paths import not_found
from reprise.errors import RepriseError
from reprise.runtime.scratch import kept
from reprise.tracking.uris import parse_run_uri

SCHEMES = ("http", "https", "s3", "gs", "runs")
SKLEARN = "sklearn:"
DATABASES = ("postgresql", "postgres", "sqlite")
_LETS_IN = ("user", "password", "sslpassword", "passfile")
_CHUNK = 1 << 20
_handed_over: dict[str, Path] = {}


def check_source(source: str) -> None:
    """Raise RepriseError where `source` can be seen to be wrong without reading it."""
    if not source.strip():
        raise RepriseError("data must name a table, got an empty text: give a path or URL")
    try:
        parts = urlsplit(source.removeprefix(DELTA))
    except ValueError as error:
        raise RepriseError(
            f"data must be a path or URL, got '{source}' ({error}): correct it"
        ) from None
    given = {name.lower() for name, _ in parse_qsl(parts.query)}
    if is_database(source) and (parts.username is not None or given & {*_LETS_IN}):
        raise RepriseError(
            "data must not hold a password or user (mlflow run has logged it: change it), got one "
            f"for the database on host '{parts.hostname}': put them into PGUSER and PGPASSWORD, "
            "~/.pgpass, or a service file"
        )
    if parts.username is not None:
        raise RepriseError(
            "data must not hold a password or user (mlflow run has logged it: change it), got one "
            f"for host '{parts.hostname}': put it into ~/.netrc or the environment "
            "(AWS_SECRET_ACCESS_KEY for s3)"
        )


def local_copy(source: str) -> Path:
    """The file behind a path or URL, downloaded where it is not local; or a folder, or a pattern.

    Raises RepriseError where there is none, or it cannot be had.
    """
    scheme = _scheme(source)
    if not is_download(source):
        return _existing_file(unquote(urlsplit(source).path) if scheme else source)
    if scheme not in SCHEMES:
        raise RepriseError(
            f"data must be a local path or a URL of http(s), s3, gs, runs, delta or sklearn, "
            f"got the scheme '{scheme}' in '{source}': use one of these"
        )
    given = _handed_over.get(source)
    return given if given is not None and given.exists() else _downloaded(source, scheme)


def is_download(source: str) -> bool:
    """Whether the file behind a source is a copy that is made for it, and nobody else's."""
    return _scheme(source) not in ("", "file")


def is_database(source: str) -> bool:
    """Whether a source is a database, of which a query picks rows."""
    return source.partition("://")[0] in DATABASES and "://" in source


def hand_over(source: str, path: Path) -> None:
    """Have a copy that another process has downloaded stand for `source` in this one."""
    _handed_over[source] = path


def _scheme(source: str) -> str:
    return urlsplit(source).scheme if "://" in source or source.startswith("runs:") else ""


@cache
def _downloaded(source: str, scheme: str) -> Path:
    """Download once in the life of the process; the file goes when the process ends."""
    fetch = {"runs": _fetch_artifact, "s3": fetch_from_bucket, "gs": fetch_from_bucket}
    folder = Path(tempfile.mkdtemp(dir=kept()))
    return fetch.get(scheme, _fetch_http)(source, folder)


def local_file(source: str) -> Path | None:
    """The file of this machine that a source is, however it is spelled; None for other sources.

    An artifact of a run is one where the store keeps it in a folder of this machine.
    """
    try:
        if source.startswith("runs:"):
            return _artifact_file(source)
        book = source.rpartition("#")[0]  # book.xlsx#sheet
        paths = [_local_path(name) for name in (source, book) if name]
        return next((path for path in paths if path is not None and path.is_file()), None)
    except (OSError, RuntimeError, ValueError):
        return None


def local_folder(source: str) -> Path | None:
    """The folder or pattern of this machine that a source is, by real paths; None for others.

    That of a Delta table has more than the files of the version that is read.
    """
    try:
        path = _local_path(split_version(source)[0] if is_delta(source) else source)
        return path.resolve() if path is not None and is_folder(path) else None
    except (OSError, RuntimeError, ValueError):
        return None


def _local_path(source: str) -> Path | None:
    scheme = urlsplit(source).scheme if "://" in source else ""
    path = Path(unquote(urlsplit(source).path) if scheme else source).expanduser()
    return path if scheme in ("", "file") else None


def _artifact_file(uri: str) -> Path | None:
    import mlflow

    run_id, path = parse_run_uri(uri)
    try:
        root = urlsplit(mlflow.MlflowClient().get_run(run_id).info.artifact_uri)
    except mlflow.MlflowException:
        return None
    found = Path(unquote(root.path)) / path
    return found if root.scheme in ("", "file") and found.is_file() else None


def _existing_file(name: str) -> Path:
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return path
        book = Path(name.rpartition("#")[0]).expanduser()  # book.xlsx#sheet
        if "#" in name and book.is_file():
            return book
        if is_folder(path):
            check_parts(folder_at(str(path.absolute())), name)
            return path.absolute()
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(f"data must exist, got '{name}' ({reason}): check the path") from None
    raise RepriseError(f"data must exist, got '{name}'{not_found(name)}")


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
