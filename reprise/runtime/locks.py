"""Locks between processes, and the folder of this user on this machine: sockets of warm servers."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reprise.errors import RepriseError

_LONGEST_PARENT = 40


def own_folder() -> Path:
    """The folder, made where it is missing; RepriseError where others could enter it."""
    parent = Path(tempfile.gettempdir())
    if len(str(parent)) > _LONGEST_PARENT:
        parent = Path("/tmp")  # the path of a socket has at most 107 bytes
    folder = parent / f"reprise-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if facts.st_uid != os.getuid() or facts.st_mode & 0o077 or folder.is_symlink():
        raise RepriseError(
            f"'{folder}' must be a folder of yours that nobody else can enter, got one of user "
            f"{facts.st_uid} with mode {facts.st_mode & 0o777:o}: remove it, or set TMPDIR"
        )
    return folder


@contextmanager
def locked(name: str, folder: Path | None = None) -> Iterator[None]:
    """Hold the lock of this name; it is free again when its holder ends, however it ends.

    It holds among all who name the same folder; without one, among the processes of this user
    that have the same folder for temporary files.
    """
    path = (folder or own_folder()) / f"{name}.lock"
    descriptor = _opened(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """A file to lock, which whoever may write beside it may lock too."""
    try:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
        with suppress(PermissionError):  # another has just made it
            os.fchmod(descriptor, path.parent.stat().st_mode & 0o666)
        return descriptor
