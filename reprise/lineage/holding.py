"""A run's process holds its artifact folder, which all on this kernel can see, containers too.

The lock is free again when the process ends, however it ends.
"""

import fcntl
import os
from contextlib import suppress

from mlflow.entities import Run

from reprise.lineage.container import local_path

_held: list[int] = []


def hold(run: Run) -> None:
    """Hold the artifact folder of a run to the end of this process, where it is a local one."""
    folder = local_path(run.info.artifact_uri)
    if folder is None or _held:
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _held.append(descriptor)


def holds() -> bool:
    """Whether this process holds the folder of its run."""
    return bool(_held)


def is_let_go(run: Run) -> bool:
    """Whether nobody holds the folder of a run that its process had taken; False where unknown."""
    folder = local_path(run.info.artifact_uri)
    if folder is None or not folder.is_dir():
        return False
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
