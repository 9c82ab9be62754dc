"""The file that a raw table is read from, and the digest of what was read of it.

A file or URL may change while it is read, or between one look at it and the next. What is recorded
of it is the digest of the bytes that were read, or nothing.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from reprise.data.digests import digest_json
from reprise.data.folders import folder_at, is_folder
from reprise.data.formats.delta_table import digest_delta, is_delta, settle, settled
from reprise.data.sources import SKLEARN, check_source, hand_over, is_download, local_copy
from reprise.errors import RepriseError

# A file that changed so shortly before it was looked at may change again without another time.
_SETTLED_NANOSECONDS = 2_000_000_000


@dataclass(frozen=True)
class SourceFile:
    """A source as it was read: the file or folder of this machine, and the sha256 of its bytes.

    `path` of a Delta table is its name with the version that is read.
    `stamp` is what told it from another state of the same file before the digest was taken: device,
    inode, size, times (of a folder, those of all its parts together); nothing for what nobody else
    writes (a download of ours, scikit-learn's own tables). `looked_at` is when, in nanoseconds.
    """

    source: str
    path: str
    digest: str
    stamp: tuple[int, ...]
    looked_at: int

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Self:
        """The one that `to_json` gave."""
        return cls(**{**values, "stamp": tuple(values["stamp"])})

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for another process of this machine."""
        return asdict(self)

    @property
    def named(self) -> str:
        """The source, with the version that was read where it is a table that keeps versions."""
        if is_delta(self.source):
            return self.path
        # Rows of a database are known by its name and the query.
        return self.source.partition("\n")[0]

    @property
    def is_as_it_was(self) -> bool:
        """Whether the file is seen to be the same without reading it."""
        if not self.stamp:
            return True
        settled = max(self.stamp[-2:]) < self.looked_at - _SETTLED_NANOSECONDS
        try:
            return settled and _stamp(Path(self.path)) == self.stamp
        except OSError:
            return False

    def confirm(self) -> None:
        """Raise RepriseError where the file is not, after reading, what it was before."""
        if not self.is_as_it_was and not self._has_same_bytes():
            raise RepriseError(
                f"data must stay as it is while it is read, got '{self.source}', which changed "
                "meanwhile: run this again, or give a copy that nobody writes to"
            )

    def _has_same_bytes(self) -> bool:
        try:
            return _digest(Path(self.path)) == self.digest
        except OSError:
            return False


_known: dict[str, SourceFile] = {}


def digested(source: str) -> SourceFile:
    """The file behind a source and its digest, which is taken anew where the file has changed.

    What is downloaded for it is kept for this process. A table of scikit-learn has the digest of
    its name, for the lock pins it.
    """
    check_source(source)
    if source.startswith(SKLEARN):
        return SourceFile(source, "", hashlib.sha256(source.encode()).hexdigest(), (), 0)
    if is_delta(source):
        return _digested_delta(source)
    path = local_copy(source)
    known = _known.get(source)
    if known is not None and known.path == str(path) and known.is_as_it_was:
        return known
    now = time.time_ns()
    try:
        stamp = () if is_download(source) else _stamp(path)
        found = SourceFile(source, str(path), _digest(path), stamp, now)
    except OSError as error:
        raise RepriseError(
            f"data must be readable, got '{source}' ({error.strerror}): check who may read it"
        ) from None
    _known[source] = found
    return found


def _digested_delta(source: str) -> SourceFile:
    """A version of a table stays as it is: nothing tells it from another state of it."""
    named, known = settled(source), _known.get(source)
    if known is None or known.path != named:
        known = _known[source] = SourceFile(source, named, digest_delta(named), (), 0)
    return known


def digest_source(source: str) -> str:
    """sha256 of the raw bytes behind a source, see `digested`."""
    return digested(source).digest


def known_source(source: str) -> SourceFile | None:
    """What this process knows of a source that it has read; None where it has not."""
    return _known.get(source)


def take_over(file: SourceFile) -> None:
    """Know a source as another process of this machine has read it."""
    _known[file.source] = file
    if is_delta(file.source):
        settle(file.source, file.path)
    elif is_download(file.source):
        hand_over(file.source, Path(file.path))


def _stamp(path: Path) -> tuple[int, ...]:
    if not is_folder(path):
        return _stamp_of_file(path)
    folder = folder_at(str(path))
    stamps = [_stamp_of_file(Path(one)) for one in folder.paths]
    together = hashlib.sha256(json.dumps([folder.parts, stamps]).encode()).digest()
    newest = (max((stamp[place] for stamp in stamps), default=0) for place in (-2, -1))
    return int.from_bytes(together[:7]), *newest


def _stamp_of_file(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _digest(path: Path) -> str:
    """Of a file its sha256; of a folder that of every part's name and sha256, in order."""
    if not is_folder(path):
        return _digest_of_file(path)
    folder = folder_at(str(path))
    digests = (_digest_of_file(Path(one)) for one in folder.paths)
    return digest_json(list(zip(folder.parts, digests, strict=True)))


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
