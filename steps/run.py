"""The MLflow run around a step: how it is opened, and what is kept in it beside results."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.errors import hidden
from reprise.tracking.contract import NOISE, PROCESS_TAG
from reprise.tracking.credentials import secrets_note, without_secrets
from reprise.tracking.step_context import StepContext
from steps.echo import say

if TYPE_CHECKING:
    from reprise.provenance.source import Source

# Where click keeps the source for the step.
SOURCE = "reprise.source"


def current_context() -> StepContext | None:
    """What `main` has told the step that runs now; None where `main` has not started it."""
    command = click.get_current_context(silent=True)
    return None if command is None else command.find_object(StepContext)


def current_source() -> "Source":
    """The source of the code of the step that runs now, as it was recorded."""
    source: Source = click.get_current_context().meta[SOURCE]
    return source


def open_run(entry_point: str, parameters: Mapping[str, Any], context: StepContext | None) -> str:
    """Start the run of this process, which MLflow or `main` may have made already; return its id.

    A step of `main` finds the store open.
    """
    import mlflow
    from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME

    from reprise.provenance.record import source_tags
    from reprise.runtime import scratch
    from reprise.tracking import http, orphans, ownership, store
    from reprise.tracking.run_names import run_name
    from reprise.tracking.runs import create_project_run

    http.hasten()
    if context is not None:
        store.be_patient()
    else:
        scratch.sweep()
        experiment = store.open_store()
    try:
        if "MLFLOW_RUN_ID" not in os.environ:
            run = create_project_run(experiment, entry_point, parameters, source_tags())
            os.environ["MLFLOW_RUN_ID"] = run.info.run_id
        run = mlflow.start_run()
        ownership.hold(run)
        name = run_name(entry_point, parameters)
        named = {MLFLOW_RUN_NAME: name} if run.info.run_name != name else {}
        safe = without_secrets(run.data.tags)
        mlflow.set_tags({**safe, **named, PROCESS_TAG: ownership.owner()})
        orphans.revive(run)
        if context is None:
            orphans.end_orphans(run)
    except mlflow.MlflowException as error:
        raise store.unreachable(error) from None
    if context is None and (note := secrets_note(run.data.params)):
        say(note)
    return str(run.info.run_id)


def look_again() -> None:
    """End the runs whose processes have died since this step began."""
    import mlflow

    from reprise.tracking.orphans import end_last_orphans
    from reprise.tracking.runs import active_run

    with suppress(mlflow.MlflowException):  # the next step looks as well
        end_last_orphans(active_run())


def log_identity(
    name: str, parameters: Mapping[str, Any], read: Mapping[str, str] | None = None
) -> None:
    """Record what the step is, so that a later `main` can reuse its result.

    `read` are the digests of the inputs where these have been read already.
    """

    from reprise.provenance.fingerprint import fingerprint, log_fingerprint
    from reprise.tracking.runs import active_run

    run = active_run()
    log_fingerprint(run.info.run_id, fingerprint(name, parameters, read))


def log_noise(run_id: str | None, path: Path) -> None:
    """Keep what libraries said as an artifact of the run."""
    from reprise.runtime import stderr

    if (text := stderr.text_of(path)) and run_id:
        import mlflow

        with suppress(Exception):  # whatever a store's library raises: the run has said its own
            mlflow.MlflowClient().log_text(run_id, hidden(text), NOISE)
