"""Delta tables (`delta:<path>[@version]`): the version that is read is found out, and named."""

import hashlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprise.data.buckets import bucket_filesystem, s3_endpoint
from reprise.data.digests import digest_json
from reprise.data.formats.stored_table import StoredTable, with_facts
from reprise.errors import RepriseError

if TYPE_CHECKING:
    import pyarrow.dataset as ds

DELTA = "delta:"
VERSION = "source_version"
# The version that a source without one stands for in this process: the one that was newest.
_versions: dict[str, str] = {}


def is_delta(source: str) -> bool:
    """Whether a source is a Delta table."""
    return source.startswith(DELTA)


def split_version(source: str) -> tuple[str, int | None]:
    """Where a Delta table lies, and its version where one is named."""
    place = source.removeprefix(DELTA)
    path, _, version = place.rpartition("@")
    return (path, int(version)) if path and version.isdecimal() else (place, None)


def at_version(source: str, version: object) -> str:
    """The source with this version, where it is a Delta table that names none."""
    if version is None or not is_delta(source) or split_version(source)[1] is not None:
        return source
    return f"{source}@{version}"


def settled(source: str) -> str:
    """The source with the version that it stands for, which stays so in this process."""
    if source not in _versions:
        settle(source, at_version(source, _opened(source).version()))
    return _versions[source]


def settle(source: str, named: str) -> None:
    """Have a source stand for this version of it, as another process has found it."""
    _versions[source] = named


def read_delta(source: str) -> StoredTable:
    """The table as it was at its version; its files are read from where they lie."""
    from reprise.data.formats.scanned import stored_dataset

    version = {VERSION: str(split_version(source)[1])}
    return with_facts(stored_dataset(_dataset(source), version, source), version)


def digest_delta(source: str) -> str:
    """sha256 of the names and types of a version's columns, and of the bytes of its files."""
    dataset = _dataset(source)
    digests = []
    try:
        for fragment in dataset.get_fragments():
            with dataset.filesystem.open_input_stream(fragment.path) as file:
                digests.append((fragment.path, hashlib.file_digest(file, "sha256").hexdigest()))
    except OSError as error:
        raise RepriseError(
            f"data must be readable, got '{source}', whose files are not all there "
            f"({_reason(error)}): name a version that no vacuum has touched"
        ) from None
    return digest_json([str(dataset.schema.remove_metadata()), digests])


def _dataset(source: str) -> "ds.FileSystemDataset":
    """The files of a version, in the order of their names: the log's own may differ."""
    import pyarrow.dataset as ds
    from deltalake.exceptions import DeltaError

    try:
        found: Any = _opened(source).to_pyarrow_dataset(filesystem=_filesystem(source))
    except DeltaError as error:
        raise RepriseError(
            f"data must be a Delta table that Arrow can read, got '{source}' "
            f"({_reason(error)}): write it without that feature"
        ) from None
    fragments = sorted(found.get_fragments(), key=lambda fragment: fragment.path)
    return ds.FileSystemDataset(fragments, found.schema, found.format, found.filesystem)


def _opened(source: str) -> Any:
    """The table at the version of its name, or the newest."""
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    except ImportError:
        raise RepriseError(
            f"data=delta: needs the package deltalake, got '{source}' without it: "
            f"{sys.executable} -m uv pip install --python {sys.executable} deltalake"
        ) from None
    place, version = split_version(source)
    if "://" not in place:
        place = str(Path(place).expanduser())
    try:
        return DeltaTable(place, version, storage_options=_storage(place))
    except (DeltaError, OSError, OverflowError) as error:
        raise RepriseError(
            f"data must be a Delta table and a version of it (delta:<path>[@version]), "
            f"got '{source}' ({_reason(error)}): check both"
        ) from None


def _filesystem(source: str) -> Any:
    """The one that also reads other tables of buckets; None where delta-rs knows better."""
    from pyarrow import fs

    place, _ = split_version(source)
    if not place.startswith(("s3://", "gs://")):
        return None
    return fs.SubTreeFileSystem(place.partition("://")[2].rstrip("/"), bucket_filesystem(place))


def _storage(place: str) -> dict[str, str] | None:
    """What delta-rs does not find in the environment by itself."""
    endpoint = s3_endpoint() if place.startswith("s3://") else None
    if endpoint is None:
        return None
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": str(endpoint.startswith("http:"))}


def _reason(error: Exception) -> str:
    """What delta-rs says, in one line and without colours."""
    return re.sub(r"\x1b\[\d*m", "", " ".join(str(error).split())) or type(error).__name__
