"""Runs as `mlflow run -e <step>` would start them: same tags, same parameters, any parent."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import mlflow
from mlflow.entities import Param, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.utils.models import get_model_name_and_version
from mlflow.utils import mlflow_tags as tags

from reprise.errors import RepriseError, hidden
from reprise.tracking import descriptions, ownership
from reprise.tracking.contract import ERROR_TAG, PROCESS_TAG
from reprise.tracking.project import declared_parameters, project_parameters
from reprise.tracking.run_names import run_name
from reprise.tracking.uris import is_model_uri, is_run_id, parse_run_uri


def create_project_run(
    experiment_id: str,
    entry_point: str,
    parameters: Mapping[str, Any],
    source: Mapping[str, str],
    parent: Run | None = None,
    further_tags: Mapping[str, str] | None = None,
) -> Run:
    """Create a run of `entry_point`, RUNNING, as MLflow does before it starts the command.

    Parameters are logged as MLflow logs them: declared ones with their defaults, shell-quoted.
    `source` are the tags of its code.
    """
    client = mlflow.MlflowClient()
    run_tags = {**project_tags(entry_point, parameters, source, parent), **(further_tags or {})}
    run = client.create_run(experiment_id, tags=run_tags)
    logged = [Param(*item) for item in project_parameters(entry_point, parameters).items()]
    client.log_batch(run.info.run_id, params=logged)
    return run


def project_tags(
    entry_point: str,
    parameters: Mapping[str, Any],
    source: Mapping[str, str],
    parent: Run | None,
) -> dict[str, str]:
    """The tags of a run of `entry_point`, those of its `source` among them."""
    nested = {} if parent is None else {tags.MLFLOW_PARENT_RUN_ID: parent.info.run_id}
    return {
        **source,
        tags.MLFLOW_PROJECT_ENTRY_POINT: entry_point,
        tags.MLFLOW_RUN_NAME: run_name(entry_point, parameters),
        PROCESS_TAG: ownership.owner(),
        **nested,
    }


def active_run() -> Run:
    """The run that this process is in, as it was when it was started here."""
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("a step works within its run, which is to be started first")
    return run


def end_run(status: str, error: str | None = None) -> list[str]:
    """End the active run, and the trials that it leaves open; lines to say where it cannot be."""
    run = mlflow.active_run()
    if run is None:
        return []
    try:
        if error is not None:
            said = hidden(error)
            told = mlflow.get_run(run.info.run_id).data.tags.get(tags.MLFLOW_RUN_NOTE, "")
            mlflow.set_tags({ERROR_TAG: said, **descriptions.failed(said, told)})
        ownership.end_children(run)
        mlflow.end_run(status)
    except (mlflow.MlflowException, OSError) as failure:
        reason = hidden(str(failure).splitlines()[0])
        return [f"run {run.info.run_id} could not be marked as {status}: {reason}"]
    return []


def step_run(uri: str, steps: tuple[str, ...], parameter: str) -> Run:
    """The FINISHED run behind a runs:/ URI, which must be a run of one of `steps`.

    Raises RepriseError that names the parameter where it is anything else.
    """
    run_id, _ = parse_run_uri(uri)
    try:
        run = mlflow.get_run(run_id)
    except mlflow.MlflowException:
        raise RepriseError(
            f"{parameter} must name a run of this store, got '{uri}', not found in "
            f"{mlflow.get_tracking_uri()}: check the id and MLFLOW_TRACKING_URI"
        ) from None
    made_by = run.data.tags.get(tags.MLFLOW_PROJECT_ENTRY_POINT, "no step of this project")
    if made_by not in steps:
        raise RepriseError(
            f"{parameter} must come from {' or '.join(steps)}, got '{uri}' made by {made_by}: "
            "give the URI that step printed"
        )
    if run.info.status != "FINISHED":
        raise RepriseError(
            f"{parameter} must come from a finished run, got '{uri}' which is {run.info.status}: "
            "run that step again"
        )
    return run


def named_run(name: str, parameter: str) -> Run:
    """The run of this project that a run id, a runs:/ URI or a models:/ URI names.

    A model stands for the run that trained it. Raises RepriseError that names the parameter where
    there is no such run, or it is no run of this project's steps.
    """
    if not (is_run_id(name) or is_model_uri(name)):
        raise RepriseError(
            f"{parameter} must be a run id, or a runs:/ or models:/ URI, got '{name}': correct it"
        )
    try:
        run = mlflow.get_run(_run_id_behind(name))
    except (mlflow.MlflowException, OSError):
        raise RepriseError(
            f"{parameter} must name a run of this store, got '{name}', not found in "
            f"{mlflow.get_tracking_uri()}: check the name and MLFLOW_TRACKING_URI"
        ) from None
    entry_point = run.data.tags.get(tags.MLFLOW_PROJECT_ENTRY_POINT, "")
    if not declared_parameters(entry_point) or not any(
        tag.startswith("reprise.") for tag in run.data.tags
    ):
        raise RepriseError(
            f"{parameter} must be a run of this project's entry points, got '{name}', "
            f"called '{run.info.run_name}', which is none: give one that a step printed"
        )
    return run


def _run_id_behind(name: str) -> str:
    if is_run_id(name):
        return name
    if name.startswith("runs:/"):
        return name.removeprefix("runs:/").strip("/").partition("/")[0]
    version = registered_version(name)
    # What the registry says, before what the files say that the version may have from elsewhere.
    return str((version and version.run_id) or mlflow.models.get_model_info(name).run_id)


def registered_version(uri: str) -> ModelVersion | None:
    """The version that a models:/ URI names, by alias or not; None for whatever else it is."""
    client = mlflow.MlflowClient()
    with suppress(mlflow.MlflowException):
        named = get_model_name_and_version(client, uri) if uri.startswith("models:/") else ()
        if len(named) == 2:  # else models:/m-<id>
            return client.get_model_version(*named)
    return None
