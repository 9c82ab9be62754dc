"""Where the artifacts of an experiment lie, and whether anything can be put there.

An experiment keeps the place that it was made with: one that was made in a container, or by another
user, may have one that this process cannot write to.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
from mlflow.entities import Experiment, Run

from reprise.errors import RepriseError
from reprise.tracking.container import local_path
from reprise.tracking.store import disk_full

# Logged models lie beside the runs, in a folder of this name.
_MODELS = "models"


@contextmanager
def first_artifacts(run: Run) -> Iterator[None]:
    """While the first artifacts of a run are written, before its work.

    Raises RepriseError where they cannot be, whatever the library of the store says of it, or where
    a model could not be logged.
    """
    try:
        folder = local_path(run.info.artifact_uri)
        if folder is not None:  # <root>/<run id>/artifacts
            _probe(folder.parents[1] / _MODELS)
        yield
    except Exception as error:
        if isinstance(error, RepriseError) or disk_full(error):
            raise
        raise _unwritable(mlflow.get_experiment(run.info.experiment_id), error) from None


def check_place(experiment: Experiment) -> None:
    """Raise RepriseError where nothing can be put among an experiment's artifacts.

    Only a place on this machine can be tried without leaving anything there.
    """
    root = local_path(experiment.artifact_location)
    try:
        if root is not None:
            root.mkdir(parents=True, exist_ok=True)
            _probe(root)
            _probe(root / _MODELS)
    except OSError as error:
        if disk_full(error):
            raise
        raise _unwritable(experiment, error) from None


def _probe(folder: Path) -> None:
    """Put a file that has no name into a folder, where that is there already."""
    if folder.exists():
        with tempfile.TemporaryFile(dir=folder):
            pass


def _unwritable(experiment: Experiment, error: Exception) -> RepriseError:
    lines = str(getattr(error, "strerror", None) or error).splitlines() or [type(error).__name__]
    named = getattr(error, "filename", None)
    where = f", at '{named}'" if named else ""
    return RepriseError(
        f"artifacts of experiment '{experiment.name}' must have a place that can be written to, "
        f"got '{experiment.artifact_location}' ({lines[0]}{where}): nothing was done; make it "
        "writable, or name another experiment (MLFLOW_EXPERIMENT_NAME)"
    )
