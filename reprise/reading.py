"""Raw tables: from a path, a URL, a run's artifact or scikit-learn's own collection."""

import atexit
import csv
import gzip
import hashlib
import os
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import pandas as pd

from reprise.errors import RepriseError

SKLEARN_TABLES = ("breast_cancer", "diabetes", "digits", "iris", "wine")
DELIMITERS = ",;\t|"
_CHUNK = 1 << 20


def read_table(source: str) -> pd.DataFrame:
    """Return the whole table behind `source`, its rows numbered from 0.

    `source` is a local path, an http(s)://, s3:// or gs:// URL, a runs:/ URI or sklearn:<name>.
    CSV (plain or gzipped; comma, semicolon, tab or bar) and Parquet are told apart by content.
    Raises RepriseError where there is no such table, or it cannot be read or is empty.
    """
    check_source(source)
    scheme, _, name = source.partition(":")
    if scheme == "sklearn":
        return _read_sklearn(name)
    table = _read_file(_local_copy(source), source)
    if table.empty:
        raise RepriseError(f"a table needs rows and columns, got {len(table)} rows in '{source}'")
    return table


def check_source(source: str) -> None:
    """Raise RepriseError where `source` can be seen to be wrong without reading it."""
    if not source.strip():
        raise RepriseError("data must name a table, got an empty text: give a path or URL")
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise RepriseError(f"data must be a path or URL, got '{source}': {error}") from None
    if parts.password is not None:
        raise RepriseError(
            f"data must not hold a password (MLflow logs it), got one for host '{parts.hostname}': "
            "put it into ~/.netrc or the environment (AWS_SECRET_ACCESS_KEY for s3)"
        )


def _read_sklearn(name: str) -> pd.DataFrame:
    import sklearn.datasets

    if name not in SKLEARN_TABLES:
        raise RepriseError(
            f"sklearn:<name> must name one of {', '.join(SKLEARN_TABLES)}, got 'sklearn:{name}'"
        )
    return getattr(sklearn.datasets, f"load_{name}")(as_frame=True).frame


def digest_source(source: str) -> str:
    """sha256 of the raw bytes behind `source`; of its name for sklearn:<name>, which the lock pins.

    What is downloaded for it is kept for `read_table` in the same process.
    """
    check_source(source)
    if source.startswith("sklearn:"):
        return hashlib.sha256(source.encode()).hexdigest()
    with _local_copy(source).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _local_copy(source: str) -> Path:
    """The file behind `source`, downloaded where it is not local."""
    scheme = urlsplit(source).scheme if "://" in source or source.startswith("runs:") else ""
    if scheme in ("", "file"):
        return _existing_file(unquote(urlsplit(source).path) if scheme else source)
    if scheme not in ("http", "https", "s3", "gs", "runs"):
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
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        raise RepriseError(f"data must be a file, got the folder '{name}': name a file in it")
    where = "" if path.is_absolute() else f" in {Path.cwd()}"
    hint = "" if path.is_absolute() else " (an absolute path works from anywhere)"
    raise RepriseError(f"data must exist, got '{name}', not found{where}: check the path{hint}")


def _fetch_http(url: str, folder: Path) -> Path:
    import requests

    target = folder / "table"
    try:
        with requests.get(url, stream=True, timeout=(10, 60)) as response:
            response.raise_for_status()
            with target.open("wb") as file:
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
    except requests.HTTPError as error:
        status = f"{error.response.status_code} {error.response.reason}".strip()
        raise RepriseError(f"data must be readable, got '{url}', answered {status}") from None
    except requests.RequestException as error:
        raise RepriseError(
            f"data must be reachable, got '{url}', failed with {type(error).__name__}: "
            "check the address and the network"
        ) from None
    return target


def _fetch_cloud(url: str, folder: Path) -> Path:
    from pyarrow import ArrowException, fs

    target = folder / "table"
    bucket_and_key = url.partition("://")[2]
    try:
        with _cloud_filesystem(url, fs).open_input_stream(bucket_and_key) as stream:
            _copy(stream, target)
    except (OSError, ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(
            f"data must be readable, got '{url}', failed with {reason}: "
            "check the address and the credentials in the environment"
        ) from None
    return target


def _cloud_filesystem(url: str, fs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if url.startswith("gs://"):
        return fs.GcsFileSystem()
    # MLflow's own variable first, so that one endpoint serves tables and artifacts alike.
    names = ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    endpoint = next((os.environ[name] for name in names if os.environ.get(name)), None)
    return fs.S3FileSystem(endpoint_override=endpoint) if endpoint else fs.S3FileSystem()


def _copy(stream: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            file.write(chunk)


def _fetch_artifact(uri: str, folder: Path) -> Path:
    import mlflow

    from reprise.lineage.uris import parse_run_uri

    run_id, _ = parse_run_uri(uri)
    try:
        path = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder)))
    except (mlflow.MlflowException, OSError):
        raise RepriseError(
            f"data must exist, got '{uri}': no such artifact in run {run_id}"
        ) from None
    return _existing_file(str(path))


def _read_file(path: Path, source: str) -> pd.DataFrame:
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if not start:
            raise RepriseError(f"a table needs rows and columns, got the empty file '{source}'")
        if start == b"PAR1":
            return _read_parquet(path)
        return _read_csv(path, gzipped=start[:2] == b"\x1f\x8b")
    except UnicodeDecodeError as error:
        raise RepriseError(
            f"a CSV must be UTF-8, got byte {error.object[error.start]:#04x} in '{source}': "
            "save it again as UTF-8"
        ) from None
    except RepriseError as error:
        raise RepriseError(f"{error} (in '{source}')" if source not in str(error) else str(error)) \
            from None  # fmt: skip
    except (ValueError, OSError, EOFError, pd.errors.ParserWarning) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise RepriseError(
            f"data must be CSV (plain or gzipped) or Parquet, got '{source}': {reason}"
        ) from None


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path).read()
    _check_names(table.column_names)
    return pd.DataFrame(table.to_pandas(ignore_metadata=True))


def _read_csv(path: Path, gzipped: bool) -> pd.DataFrame:
    opener = gzip.open if gzipped else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
        first = text.readline()
    delimiter = max(DELIMITERS, key=lambda character: len(_fields(first, character)))
    _check_names(_fields(first, delimiter))
    with warnings.catch_warnings():
        # Rows longer than the header would lose their last fields with only a warning.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path,
            sep=delimiter,
            encoding="utf-8-sig",
            low_memory=False,
            index_col=False,
            compression="gzip" if gzipped else None,
        )


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])


def _check_names(names: list[str]) -> None:
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise RepriseError(
            f"column names must differ, got '{repeated[0]}' {names.count(repeated[0])} times: "
            "rename the columns"
        )
