"""Notes that a process leaves before it can reach the store: which run it is about to work on.

`mlflow run` makes a run before any code of ours starts. Until that has imported MLflow and opened
the run, the note says whose it is. Nothing here imports MLflow.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reprise.runtime.held import hold_new, if_let_go
from reprise.runtime.identity import Identity
from reprise.tracking.beside_store import beside_store
from reprise.tracking.uris import is_run_id

_ENDING = ".run"


@contextmanager
def noted() -> Iterator[None]:
    """Within, a note says that this process works on the run that `mlflow run` has given it."""
    run_id, uri = os.environ.get("MLFLOW_RUN_ID", ""), os.environ.get("MLFLOW_TRACKING_URI", "")
    if not (uri and is_run_id(run_id)):
        yield
        return
    path, descriptor = None, None
    with suppress(OSError):  # such as a full disk: then there is no note
        place = beside_store(uri) / f"{run_id}-{os.urandom(4).hex()}{_ENDING}"
        path, descriptor = hold_new(lambda: _written(place))
    try:
        yield
    finally:
        with suppress(OSError):
            if path is not None:
                path.unlink()
        if descriptor is not None:
            os.close(descriptor)


def find_left(uri: str, act: Callable[[str], object]) -> None:
    """Call `act` with the id of each run whose note has outlived its process; the note goes."""

    def end(note: Path) -> None:
        act(note.name.partition("-")[0])
        with suppress(OSError):
            note.unlink()

    for path in beside_store(uri).glob(f"*{_ENDING}"):
        with suppress(OSError):
            whose = Identity.parse(path.read_text())
            # Locks do not reach other machines everywhere.
            if whose is None or whose.is_of_this_boot() or whose.is_gone():
                if_let_go(path, end)


def _written(path: Path) -> Path:
    path.write_text(str(Identity.own()))
    return path
