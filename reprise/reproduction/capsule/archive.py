"""The members of a capsule: of a zip, or of the folder that one was unpacked into.

Nothing is believed of either: no link is followed, no name leads elsewhere, and no more is read
than was declared, which is bounded before anything is.
"""

import hashlib
import os
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reprise.errors import RepriseError
from reprise.tracking.contract import MANIFEST

_MOST_MEMBERS = 100_000
# How much larger than the file its members may be. Tables of text are a tenth when they are packed.
_MOST_TIMES = 100
_CHUNK = 1 << 20
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LONGEST_NAME = 255
# What zipfile and zlib say of bytes that are not what they should be.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Archive:
    """Members that may be read: their sizes by name, in the order of the names."""

    path: Path
    sizes: Mapping[str, int]
    _open: Callable[[str], IO[bytes]]

    def copy(self, name: str, target: IO[bytes] | None = None) -> str | None:
        """Copy a member, where there is a target; its sha256, or None where it is damaged."""
        digest, left = hashlib.sha256(), self.sizes[name]
        try:
            with self._open(name) as member:
                while chunk := member.read(min(_CHUNK, left + 1)):
                    left -= len(chunk)
                    if left < 0:
                        return None
                    digest.update(chunk)
                    if target is not None:
                        target.write(chunk)
        except _DAMAGED:
            return None
        except OSError as error:
            raise _unreadable(self.path, f"'{name}': {error.strerror or error}") from None
        return None if left else digest.hexdigest()

    def read(self, name: str, most: int) -> bytes | None:
        """The content of a small member; None where there is none, or it is damaged.

        Raises RepriseError where it has more than `most` bytes.
        """
        if name not in self.sizes:
            return None
        if self.sizes[name] > most:
            found = f"'{name}' of {self.sizes[name]:,} bytes"
            raise _refused(self.path, "members of their kind's size", found)
        with tempfile.SpooledTemporaryFile(most) as content:
            whole = self.copy(name, content) is not None
            content.seek(0)
            return content.read() if whole else None


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The archive at a path, a zip or a folder.

    Raises RepriseError where it is neither, or has what none may have.
    """
    if path.is_dir():
        sizes = dict(sorted(_files_in(path)))
        _check(path, sizes, sum(sizes.values()))
        yield Archive(path, sizes, lambda name: _plain_file(path / name))
        return
    try:
        file = zipfile.ZipFile(path)
    except (*_DAMAGED, ValueError) as error:
        raise _unreadable(path, str(error) or type(error).__name__) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    with file:
        infos = {info.filename: info for info in _members(path, file)}
        sizes = {name: infos[name].file_size for name in sorted(infos)}
        _check(path, sizes, path.stat().st_size)
        yield Archive(path, sizes, lambda name: file.open(infos[name]))


def _plain_file(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def is_archive(path: Path) -> bool:
    """Whether something at a path is to be read as a capsule."""
    return path.is_file() or (path / MANIFEST).is_file()


def _files_in(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.rglob("*"):
        name, found = str(path.relative_to(folder)), path.lstat()
        if stat.S_ISREG(found.st_mode):
            yield name, found.st_size
        elif not stat.S_ISDIR(found.st_mode):
            raise _refused(folder, "files", f"'{name}', which is a link or a device")


def _members(path: Path, file: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The files of a zip; folders, which hold nothing, are left out."""
    seen: set[str] = set()
    for info in file.infolist():
        name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
        if name != info.filename:
            raise _refused(path, "names as they are written", repr(name))
        if name in seen:
            raise _refused(path, "names that differ", f"'{name}' twice")
        seen.add(name)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused(path, "files", f"'{name}', which is a link or a device")
        if info.is_dir() and not info.file_size:
            _check_name(path, name.removesuffix("/"))
            continue
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _READABLE:
            how = "encrypted" if info.flag_bits & _ENCRYPTED else "packed in another way"
            raise _refused(path, "members that are stored or deflated", f"'{name}', {how}")
        yield info


def _check(path: Path, sizes: Mapping[str, int], size: int) -> None:
    """Raise RepriseError for names that lead elsewhere or fall together, and for too much."""
    if len(sizes) > _MOST_MEMBERS:
        raise _refused(path, f"at most {_MOST_MEMBERS:,} members", f"{len(sizes):,}")
    folders = {parent for name in sizes for parent in _parents(name)}
    known: dict[str, str] = {}
    for name in [*sizes, *sorted(folders)]:
        _check_name(path, name)
        # What a file system may take for one name.
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in known:
            raise _refused(path, "names that differ", f"'{known[folded]}' and '{name}'")
        known[folded] = name
    total = sum(sizes.values())
    if total > _MOST_TIMES * size:
        found = f"{total:,} bytes in {size:,}"
        raise _refused(path, f"members of at most {_MOST_TIMES} times its size", found)
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if total > free:
        found = f"{total:,} bytes where {free:,} are free in {tempfile.gettempdir()}"
        raise _refused(path, "members that the disk has room for", found)


def _check_name(path: Path, name: str) -> None:
    parts = name.split("/")
    outside = any(part in ("", ".", "..") for part in parts)
    if outside or "\\" in name or not name.isprintable() or max(map(len, parts)) > _LONGEST_NAME:
        raise _refused(path, "names of files inside it", repr(name[:_LONGEST_NAME]))


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _refused(path: Path, rule: str, got: str) -> RepriseError:
    return RepriseError(
        f"a capsule must have {rule}, got {got} in '{path}': nothing of it was read further; "
        "have it exported anew"
    )


def _unreadable(path: Path, why: str) -> RepriseError:
    return RepriseError(
        f"a capsule must be a zip that `export` has written, or the folder it was unpacked into, "
        f"got '{path}' ({why}): have it exported, or sent, anew"
    )
