"""The folder beside a store for what its users tell each other without it: locks and notes.

Beside a database or folder of this machine it is one for everybody, whatever their user and
TMPDIR. For a store behind a server it is a folder of this user on this machine.
"""

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from reprise.runtime.locks import own_folder
from reprise.tracking.container import store_path

_NAME = ".reprise"


def beside_store(uri: str) -> Path:
    """The folder for this tracking or registry URI, made where it is missing."""
    place = store_path(uri)
    if place is not None and place.parent.is_dir():
        with suppress(OSError):
            return _shared(place.parent)
    folder = own_folder() / f"store-{hashlib.sha256(uri.encode()).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    return folder


def _shared(parent: Path) -> Path:
    """A folder which whoever may write beside it may write into; no commit takes it up.

    Raises OSError where we may not.
    """
    folder = parent / _NAME
    if not folder.exists():
        parent.mkdir(exist_ok=True)
        folder.mkdir(exist_ok=True)
        folder.chmod(stat.S_IMODE(parent.stat().st_mode))
        (folder / ".gitignore").write_text("*\n")
    if folder.is_symlink() or not os.access(folder, os.W_OK):
        raise PermissionError(f"'{folder}' must be a folder that you may write into")
    return folder
