"""A store of its own for a while: whatever is looked up or run is looked up and run there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow

from reprise.tracking.store import be_patient

_NAME = "separate"
ARTIFACTS = "runs"


@contextmanager
def separate_store(folder: Path) -> Iterator[str]:
    """A new store in a folder, in force for this process and what it starts meanwhile.

    Gives the id of its experiment, whose artifacts lie in `runs`, in folders named by the runs.
    """
    tracking, registry = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    own = f"sqlite:///{folder}/mlflow.db"
    try:
        mlflow.set_tracking_uri(own)
        if mlflow.get_registry_uri() != own:  # it has been set apart
            mlflow.set_registry_uri(own)
        be_patient()
        yield str(mlflow.create_experiment(_NAME, str(folder / ARTIFACTS)))
    finally:
        mlflow.set_tracking_uri(tracking)
        if mlflow.get_registry_uri() != registry:
            mlflow.set_registry_uri(registry)
