"""Folders for what a process needs for a while: they go with it, or are swept when it has died."""

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path

from reprise.runtime.held import hold_new, if_let_go

SCRATCH = "reprise-scratch-"
_NUMBERS = itertools.count()


@contextmanager
def scratch() -> Iterator[str]:
    """A folder that goes when the block ends."""
    path, descriptor = _made()
    try:
        yield str(path)
    finally:
        _remove(path)
        if descriptor is not None:
            os.close(descriptor)


@cache
def kept() -> Path:
    """A folder of this process that goes when it ends."""
    path, _ = _made()
    atexit.register(_remove, path)
    return path


def scratch_file() -> Path:
    """A path for a new file that goes with the process."""
    return kept() / f"{next(_NUMBERS)}"


def sweep() -> None:
    """Remove such folders of processes that have died."""
    for path in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        with suppress(OSError):
            if path.lstat().st_uid == os.getuid():
                if_let_go(path, _remove)


def _made() -> tuple[Path, int | None]:
    return hold_new(lambda: Path(tempfile.mkdtemp(prefix=SCRATCH)))


_remove = partial(shutil.rmtree, ignore_errors=True)
