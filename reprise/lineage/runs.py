"""Runs as `mlflow run -e <step>` would start them: same tags, same parameters, any parent."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Param, Run
from mlflow.projects.utils import load_project
from mlflow.tracking.context.default_context import _get_user
from mlflow.utils import mlflow_tags as tags

from reprise import notes
from reprise.credentials import hidden
from reprise.errors import RepriseError
from reprise.lineage import owner
from reprise.lineage.source import ROOT, read_commit
from reprise.lineage.uris import is_model_uri, is_run_id, parse_run_uri

# Environment variable by which main tells a step that it is part of it: the run id of main.
PARENT = "REPRISE_PARENT"
_INHERITED = (
    tags.MLFLOW_USER,
    tags.MLFLOW_SOURCE_NAME,
    tags.MLFLOW_SOURCE_TYPE,
    tags.MLFLOW_GIT_COMMIT,
    tags.MLFLOW_GIT_REPO_URL,
    tags.MLFLOW_GIT_BRANCH,
    tags.MLFLOW_PROJECT_ENV,
    tags.MLFLOW_PROJECT_BACKEND,
)


def create_project_run(
    experiment_id: str,
    entry_point: str,
    parameters: Mapping[str, Any],
    parent: Run | None = None,
    further_tags: Mapping[str, str] | None = None,
) -> Run:
    """Create a run of `entry_point`, RUNNING, as MLflow does before it starts the command.

    Parameters are logged as MLflow logs them: declared ones with their defaults, shell-quoted.
    Source tags come from the parent, or from the checkout where there is none.
    """
    client = mlflow.MlflowClient()
    run_tags = {**project_tags(entry_point, parameters, parent), **(further_tags or {})}
    run = client.create_run(experiment_id, tags=run_tags)
    logged = [Param(*item) for item in project_parameters(entry_point, parameters).items()]
    client.log_batch(run.info.run_id, params=logged)
    return run


def project_tags(
    entry_point: str, parameters: Mapping[str, Any], parent: Run | None
) -> dict[str, str]:
    """The tags of a run of `entry_point`; of its source, those of the parent where there is one."""
    from reprise.lineage.names import run_name

    inherited = {} if parent is None else _tags_of(parent)
    nested = {} if parent is None else {tags.MLFLOW_PARENT_RUN_ID: parent.info.run_id}
    return {
        **(inherited or _source_tags()),
        tags.MLFLOW_PROJECT_ENTRY_POINT: entry_point,
        tags.MLFLOW_RUN_NAME: run_name(entry_point, parameters),
        owner.TAG: owner.owner(),
        **nested,
    }


def is_child() -> bool:
    """Whether this process is a step of a running `main`, which has seen to what it shares."""
    return PARENT in os.environ


def _tags_of(parent: Run) -> dict[str, str]:
    return {name: parent.data.tags[name] for name in _INHERITED if name in parent.data.tags}


def _source_tags(root: Path = ROOT) -> dict[str, str]:
    commit, repository = read_commit(root)
    found = {
        tags.MLFLOW_USER: _get_user(),
        tags.MLFLOW_SOURCE_NAME: f"file://{root}",
        tags.MLFLOW_SOURCE_TYPE: "PROJECT",
        tags.MLFLOW_GIT_COMMIT: commit,
        tags.MLFLOW_GIT_REPO_URL: repository,
    }
    return {name: value for name, value in found.items() if value}


def project_parameters(entry_point: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as MLflow logs them: declared ones with their defaults, shell-quoted."""
    texts = {name: hidden(str(value)) for name, value in parameters.items()}
    spec = _project().get_entry_point(entry_point)
    required = {name for name, parameter in spec.parameters.items() if parameter.default is None}
    if required - set(texts):
        return texts
    declared, further = spec.compute_parameters(texts, storage_dir=None)
    return {**declared, **further}


def end_run(status: str, error: str | None = None) -> list[str]:
    """End the active run, and the trials that it leaves open; lines to say where it cannot be."""
    run = mlflow.active_run()
    if run is None:
        return []
    try:
        if error is not None:
            said = hidden(error)
            told = mlflow.get_run(run.info.run_id).data.tags.get(tags.MLFLOW_RUN_NOTE, "")
            mlflow.set_tags({owner.ERROR_TAG: said, **notes.failed(said, told)})
        owner.end_children(run)
        mlflow.end_run(status)
    except (mlflow.MlflowException, OSError) as failure:
        reason = hidden(str(failure).splitlines()[0])
        return [f"run {run.info.run_id} could not be marked as {status}: {reason}"]
    return []


@cache
def _project() -> Any:
    return load_project(str(ROOT))


@cache
def declared_defaults(entry_point: str) -> dict[str, str]:
    """The defaults that MLproject declares for an entry point's parameters, as texts."""
    if not declared_parameters(entry_point):
        return {}
    found = _project().get_entry_point(entry_point).parameters
    return {name: str(each.default) for name, each in found.items() if each.default is not None}


@cache
def declared_parameters(entry_point: str) -> frozenset[str]:
    """Names of the parameters that MLproject declares for an entry point; none if it has none."""
    try:
        return frozenset(_project().get_entry_point(entry_point).parameters)
    except mlflow.MlflowException:
        return frozenset()


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
    return str(mlflow.models.get_model_info(name).run_id)
