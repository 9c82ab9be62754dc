"""Files and folders that a process holds to its end, however it ends, and that nobody misses then.

What is held is told from what is left over by flock(2): the system lets go for the dead, in
whatever container they were.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def hold(path: Path) -> int | None:
    """Hold what is at a path; the descriptor that does, or None where another holds it.

    Raises OSError where there is nothing, or the file system knows no locks.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def hold_new(make: Callable[[], Path]) -> tuple[Path, int | None]:
    """Make a path and hold it; a sweep that takes it before it is held has it made again.

    The descriptor is None where the file system knows no locks.
    """
    while True:
        path = make()
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            os.close(descriptor)
            return path, None
        if _is_at(path, descriptor):
            return path, descriptor
        os.close(descriptor)


def is_let_go(path: Path) -> bool:
    """Whether something is at this path that nobody holds; False where that is unknown."""
    return if_let_go(path, lambda _: None)


def if_let_go(path: Path, act: Callable[[Path], object]) -> bool:
    """Act on what is at this path if nobody holds it, while nobody else can; whether it was so."""
    try:
        descriptor = hold(path)
    except OSError:
        return False
    if descriptor is None:
        return False
    try:
        if not _is_at(path, descriptor):
            return False
        act(path)
        return True
    finally:
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
