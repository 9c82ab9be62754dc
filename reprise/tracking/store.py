"""The tracking store: made by one process at a time, and waited for when it is away.

`python -m reprise open-store` makes it ready before several programs use it at once.
"""

from __future__ import annotations

import errno
import functools
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from reprise.errors import RepriseError
from reprise.runtime.locks import locked
from reprise.tracking import container
from reprise.tracking.beside_store import beside_store

if TYPE_CHECKING:
    from mlflow import MlflowException

PATIENCE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0
_DEFAULT = "sqlite:///mlflow.db"
# MLflow's pages open an experiment without a kind as one of prompts and traces.
_KIND, _TRAINING = "mlflow.experimentKind", "custom_model_development"
# Waiting does not help against these.
_LASTING = ("full", "readonly")


def open_store() -> str:
    """Open the store, made where it is new, and return the id of the experiment to use.

    MLflow's own migrations and its making of an experiment fail where several processes start
    them at once. Raises RepriseError where the store cannot be reached, or would go with the
    container that this is.
    """
    import mlflow

    from reprise.tracking.mlflow_patches import active_experiment

    container.check_store(mlflow.get_tracking_uri())
    try:
        with locked("store", beside_store(mlflow.get_tracking_uri())):
            experiment = active_experiment()
            found = mlflow.MlflowClient().get_experiment(experiment)
    except mlflow.MlflowException as error:
        raise unreachable(error) from None
    container.check_artifacts(found.artifact_location)
    be_patient()
    if _KIND not in found.tags:
        with suppress(mlflow.MlflowException):  # another's experiment may be read only
            mlflow.MlflowClient().set_experiment_tag(experiment, _KIND, _TRAINING)
    return experiment


def unreachable(error: MlflowException) -> RepriseError:
    """What to say where the store does not answer, or not as it should, or refuses."""
    import mlflow

    reason = (str(error).splitlines() or [type(error).__name__])[0]
    if error.error_code in ("PERMISSION_DENIED", "UNAUTHENTICATED"):
        user = os.environ.get("MLFLOW_TRACKING_USERNAME", "nobody in particular")
        return RepriseError(
            f"you must be allowed to write to this experiment of {mlflow.get_tracking_uri()}, got "
            f"{error.error_code} for '{user}' ({reason}): have its owner grant you EDIT, or name "
            "one of your own (MLFLOW_EXPERIMENT_NAME)"
        )
    return RepriseError(
        f"the tracking store must be reachable, got '{mlflow.get_tracking_uri()}', "
        f"failed with {reason}: check MLFLOW_TRACKING_URI"
    )


def experiment_named(name: str, beside: str) -> str:
    """The id of the experiment of this name in the open store, made where there is none.

    A new one keeps its artifacts in a folder of those of the experiment `beside` (an id). MLflow
    would put them into the working directory, which goes when a project from a URL has run.
    """
    import mlflow
    from mlflow.utils.uri import append_to_uri_path

    with locked("store", beside_store(mlflow.get_tracking_uri())):
        found = mlflow.get_experiment_by_name(name)
        if found is None:
            place = mlflow.get_experiment(beside).artifact_location
            return str(mlflow.create_experiment(name, append_to_uri_path(place, name)))
        if found.lifecycle_stage == "deleted":
            mlflow.MlflowClient().restore_experiment(found.experiment_id)
        return str(found.experiment_id)


def be_patient() -> None:
    """Have calls to a database store wait for it where it is away for a while.

    A server is waited for by MLflow itself (MLFLOW_HTTP_REQUEST_MAX_RETRIES).
    """
    from reprise.tracking.mlflow_patches import wrap_database_calls

    wrap_database_calls(patient, "patient")


def patient(method: Callable[..., Any]) -> Callable[..., Any]:
    """`method`, called again while the database that it uses is away, up to a minute."""
    from mlflow import MlflowException
    from sqlalchemy.exc import OperationalError

    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        pause, deadline = _FIRST_PAUSE_SECONDS, time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return method(*arguments, **named)
            except (MlflowException, OperationalError) as error:
                if not _passes(error) or time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    call.patient = True  # type: ignore[attr-defined]
    return call


def _passes(error: Exception) -> bool:
    """Whether the same call may succeed later."""
    # Two runs that log one dataset at the same time both try to be the first.
    raced = "datasets" in str(error) and type(error.__cause__).__name__ == "IntegrityError"
    code = getattr(error, "error_code", "TEMPORARILY_UNAVAILABLE")
    lasting = any(word in str(error) for word in _LASTING)
    return raced or (code == "TEMPORARILY_UNAVAILABLE" and not lasting)


def disk_full(error: Exception) -> RepriseError | None:
    """What to say where `error` comes of a disk without room, wherever it was met; else None."""
    numbers = (errno.ENOSPC, errno.EDQUOT)
    if getattr(error, "errno", None) in numbers or "disk is full" in str(error):
        place = getattr(error, "filename", None) or "the disk of the store or its artifacts"
        return RepriseError(
            f"the disk must have room, got none left on '{place}': free some, and run this again"
        )
    return None


def uri() -> str:
    """The URI of the store that runs of this environment are tracked in; seen without MLflow."""
    return os.environ.get("MLFLOW_TRACKING_URI") or _DEFAULT


def is_ready() -> bool:
    """Whether the store is a SQLite file with the experiment in it; seen without MLflow."""
    # A server has migrated its own database.
    return not uri().startswith("sqlite:///") or experiment_in_file() is not None


def experiment_in_file() -> str | None:
    """The id of the experiment in a SQLite file, None where there is none; without MLflow."""
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "Default")
    try:
        with closing(sqlite3.connect(f"file:{uri()[10:]}?mode=ro", uri=True)) as store:
            where = "SELECT experiment_id FROM experiments WHERE name = ?"
            found = store.execute(where, (name,)).fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else str(found[0])
