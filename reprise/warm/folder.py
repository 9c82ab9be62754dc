"""A folder of this user on this machine: sockets of warm servers, and locks between processes."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
def locked(name: str) -> Iterator[None]:
    """Hold the lock of this name; it is free again when its holder ends, however it ends."""
    with (own_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
