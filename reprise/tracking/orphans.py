"""The end of runs that nobody works on any more."""

import time
from collections.abc import Iterator
from functools import cache

import mlflow
from mlflow.entities import Run, RunTag
from mlflow.utils import mlflow_tags as tags

from reprise.errors import hidden
from reprise.runtime.identity import Identity
from reprise.tracking import notes, possible_makers
from reprise.tracking.container import in_image, store_path
from reprise.tracking.contract import ERROR_TAG, PROCESS_TAG
from reprise.tracking.ownership import Care, care_of
from reprise.tracking.project import declared_parameters

# A run that `mlflow run` has made and nothing has begun on since: longer than an environment takes.
_LONGEST_START_SECONDS = 86_400.0
# A job whose client is gone is killed after 3 seconds; main's own first waits for its steps.
_LONGEST_END_SECONDS = 8.0
_POLL_SECONDS = 0.1
_PAGE = 1000


def end_orphans(own: Run, experiment_id: str | None = None) -> bool:
    """Mark runs as KILLED that are RUNNING although nobody is at work on them.

    They are those of processes that have died, and those that `mlflow run` has made for this
    project and user before it was killed itself. Which these are is seen on the machine of a local
    store; elsewhere a day has to pass. Called dead too early, a run is RUNNING again as soon as
    its step begins. All experiments of a local store are looked through, of a server the given
    one, or that of `own`. Returns whether there are runs of processes that are about to end.
    """
    notes.find_left(mlflow.get_tracking_uri(), _end_noted)
    ending = False
    for run in _running(experiment_id or own.info.experiment_id):
        if run.info.run_id == own.info.run_id:
            continue
        tag = run.data.tags.get(PROCESS_TAG)
        if tag is not None:
            care = care_of(run)
            ending = ending or care is Care.ENDING
            if care is Care.NOBODY and (whose := Identity.parse(tag)):
                _end(run, f"its process {whose.pid} on {whose.machine[0]} died")
        elif _is_of_project(run, own) and not _may_begin(run):
            _end(run, "what had made it ended before it began")
    return ending


def end_last_orphans(own: Run) -> None:
    """The same at the end of a step; those who are about to end are waited for."""
    deadline = time.monotonic() + _LONGEST_END_SECONDS
    while end_orphans(own) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def revive(run: Run) -> None:
    """Take back that a run is dead: it begins now."""
    if ERROR_TAG in run.data.tags:
        mlflow.MlflowClient().delete_tag(run.info.run_id, ERROR_TAG)


def _running(experiment_id: str) -> Iterator[Run]:
    client, token, uri = mlflow.MlflowClient(), None, mlflow.get_tracking_uri()
    searched = [experiment_id] if store_path(uri) is None else _all_experiments(uri)
    while True:
        page = client.search_runs(
            searched, "attributes.status = 'RUNNING'", max_results=_PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return


@cache
def _all_experiments(_: str) -> list[str]:
    """The ids of those that there were when this process first asked."""
    return [found.experiment_id for found in mlflow.MlflowClient().search_experiments()]


def _end_noted(run_id: str) -> None:
    """End a run whose client has died before it was opened."""
    try:
        run = mlflow.get_run(run_id)
    except mlflow.MlflowException:
        return  # of another store, or deleted
    if PROCESS_TAG not in run.data.tags:
        _end(run, "its process died before it began")


def _end(run: Run, reason: str) -> None:
    client = mlflow.MlflowClient()
    # It may have ended by itself since the search.
    if client.get_run(run.info.run_id).info.status == "RUNNING":
        client.log_batch(run.info.run_id, tags=[RunTag(ERROR_TAG, reason)])
        client.set_terminated(run.info.run_id, "KILLED")


def _is_of_project(run: Run, own: Run) -> bool:
    """Whether `mlflow run` has made this run for the project and the user of `own`."""
    entry_point = run.data.tags.get(tags.MLFLOW_PROJECT_ENTRY_POINT, "")
    return bool(declared_parameters(entry_point)) and _whose(run) == _whose(own)


def _whose(run: Run) -> tuple[str, ...]:
    known = run.data.tags
    # A folder may be named with and without a scheme, and with the folder of an environment.
    place = hidden(known.get(tags.MLFLOW_SOURCE_NAME, "")).partition("#")[0]
    return (
        known.get(tags.MLFLOW_SOURCE_TYPE, ""),
        place.removeprefix("file://").rstrip("/"),
        known.get(tags.MLFLOW_USER, ""),
    )


def _may_begin(run: Run) -> bool:
    """Whether somebody may be about to work on a run that `mlflow run` has made."""
    began = _began(run)
    if time.time() - began > _LONGEST_START_SECONDS:
        return False
    # A container does not see who else uses the store.
    store = store_path(mlflow.get_tracking_uri())
    if store is None or in_image():
        return True
    return possible_makers.are_there(run.info.run_id, began, store)


def _began(run: Run) -> float:
    return float(run.info.start_time / 1000)
