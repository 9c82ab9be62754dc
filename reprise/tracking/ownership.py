"""Which process a run belongs to, and whether anybody still works on it."""

from contextlib import suppress
from enum import Enum

import mlflow
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from reprise.runtime.held import hold as hold_path
from reprise.runtime.held import is_let_go
from reprise.runtime.identity import Identity
from reprise.tracking.container import local_path
from reprise.tracking.contract import PROCESS_TAG

_MOST = 1000
_held: list[int] = []


class Care(Enum):
    """Who works on a run that is RUNNING: somebody, somebody who is about to end, or nobody."""

    TAKEN = "taken"
    ENDING = "ending"
    NOBODY = "nobody"


def owner() -> str:
    """This process, as the tag of its run names it."""
    return str(Identity.own(held=bool(_held)))


def care_of(run: Run) -> Care:
    """Who works on a run with an owner's tag.

    A process in another container is gone where it has let go of the artifact folder that it
    held. One of another machine cannot be seen from here: its runs are taken.
    """
    whose = Identity.parse(run.data.tags[PROCESS_TAG])
    if whose is None:
        return Care.TAKEN
    let_go = whose.held and not whose.is_visible() and whose.is_of_this_boot() and _let_go(run)
    if whose.is_gone() or let_go:
        return Care.NOBODY
    return Care.ENDING if whose.is_left() else Care.TAKEN


def end_children(parent: Run) -> None:
    """Mark RUNNING runs nested in `parent` that belong to this process as KILLED."""
    client = mlflow.MlflowClient()
    running = client.search_runs(
        [parent.info.experiment_id],
        f"attributes.status = 'RUNNING' AND tags.`{MLFLOW_PARENT_RUN_ID}` = "
        f"'{parent.info.run_id}' AND tags.`{PROCESS_TAG}` = '{owner()}'",
        max_results=_MOST,
    )
    for run in running:
        client.set_terminated(run.info.run_id, "KILLED")


def hold(run: Run) -> None:
    """Hold the artifact folder of a run to the end of this process, where it is a local one."""
    folder = local_path(run.info.artifact_uri)
    if folder is None or _held:
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = hold_path(folder)
        if descriptor is not None:
            _held.append(descriptor)


def _let_go(run: Run) -> bool:
    folder = local_path(_holder(run).info.artifact_uri)
    return folder is not None and folder.is_dir() and is_let_go(folder)


def _holder(run: Run) -> Run:
    """The run whose folder is held for this one: its parent's, where one process has both."""
    parent = run.data.tags.get(MLFLOW_PARENT_RUN_ID)
    above = mlflow.get_run(parent) if parent else run
    return above if above.data.tags.get(PROCESS_TAG) == run.data.tags[PROCESS_TAG] else run
