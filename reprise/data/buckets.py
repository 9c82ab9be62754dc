"""Buckets (s3://, gs://): a file, or all parts of a folder, downloaded by Arrow."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from reprise.data.folders import Folder, check_parts, folder_at, is_pattern
from reprise.errors import RepriseError

_CHUNK = 1 << 20
# Files of a folder that are downloaded at once.
_AT_ONCE = 8


def fetch_from_bucket(url: str, folder: Path) -> Path:
    """The file behind a URL, or the parts of a folder or pattern, in `folder` of this machine."""
    from pyarrow import ArrowException, fs

    target, place = folder / "table", url.partition("://")[2].rstrip("/")
    try:
        filesystem = bucket_filesystem(url)
        kind = filesystem.get_file_info(place).type
        if kind == fs.FileType.Directory or (kind != fs.FileType.File and is_pattern(place)):
            found = folder_at(place, filesystem)
            check_parts(found, url)
            _fetch_parts(filesystem, found, target)
        else:
            if kind != fs.FileType.File and "#" in place:  # book.xlsx#sheet
                place = place.rpartition("#")[0]
            _fetch(filesystem, place, target)
    except (OSError, ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(
            f"data must be readable, got '{url}', failed with {reason}: "
            "check the address and the credentials in the environment"
        ) from None
    return target


def _fetch_parts(filesystem: Any, found: Folder, target: Path) -> None:
    """The parts of a folder; what is left out is only there by its name, to be told."""
    for name in (*found.parts, *found.left_out):
        if ".." not in name.split("/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).touch()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        places = zip(found.parts, found.paths, strict=True)
        list(threads.map(lambda part: _fetch(filesystem, part[1], target / part[0]), places))


def _fetch(filesystem: Any, place: str, target: Path) -> None:
    with filesystem.open_input_stream(place) as stream, target.open("wb") as file:
        shutil.copyfileobj(stream, file, _CHUNK)


def bucket_filesystem(url: str) -> Any:
    """Arrow's filesystem for an s3:// or gs:// URL; credentials come from the environment."""
    from pyarrow import fs

    if url.startswith("gs://"):
        return fs.GcsFileSystem(retry_time_limit=timedelta(seconds=30))
    endpoint = s3_endpoint()
    return fs.S3FileSystem(endpoint_override=endpoint) if endpoint else fs.S3FileSystem()


def s3_endpoint() -> str | None:
    """Where S3 is, if not at Amazon's: MLflow's own variable first, as for artifacts."""
    names = ("MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)
