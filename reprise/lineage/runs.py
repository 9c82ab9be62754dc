"""Runs as `mlflow run -e <step>` would start them: same tags, same parameters, any parent."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Param, Run
from mlflow.projects.utils import load_project
from mlflow.tracking.context.default_context import _get_user
from mlflow.utils import mlflow_tags as tags

from reprise.errors import RepriseError
from reprise.lineage.source import ROOT, Source, read_source
from reprise.lineage.uris import parse_run_uri

ERROR_TAG = "reprise.error"
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
    experiment_id: str, entry_point: str, parameters: Mapping[str, Any], parent: Run | None = None
) -> Run:
    """Create a run of `entry_point`, RUNNING, as MLflow does before it starts the command.

    Parameters are logged as MLflow logs them: declared ones with their defaults, shell-quoted.
    Source tags come from the parent, or from the checkout where there is none.
    """
    inherited = {} if parent is None else _tags_of(parent)
    run_tags = {
        **(inherited or _source_tags()),
        tags.MLFLOW_PROJECT_ENTRY_POINT: entry_point,
        tags.MLFLOW_RUN_NAME: entry_point,
    }
    if parent is not None:
        run_tags[tags.MLFLOW_PARENT_RUN_ID] = parent.info.run_id
    client = mlflow.MlflowClient()
    run = client.create_run(experiment_id, tags=run_tags)
    declared, further = _project_parameters(entry_point, parameters)
    logged = [Param(key, value) for key, value in {**declared, **further}.items()]
    client.log_batch(run.info.run_id, params=logged)
    return run


def _tags_of(parent: Run) -> dict[str, str]:
    return {name: parent.data.tags[name] for name in _INHERITED if name in parent.data.tags}


def _source_tags(root: Path = ROOT) -> dict[str, str]:
    source = read_source(root)
    found = {
        tags.MLFLOW_USER: _get_user(),
        tags.MLFLOW_SOURCE_NAME: f"file://{root}",
        tags.MLFLOW_SOURCE_TYPE: "PROJECT",
        tags.MLFLOW_GIT_COMMIT: source.commit,
        tags.MLFLOW_GIT_REPO_URL: source.repository,
    }
    return {name: value for name, value in found.items() if value}


def _project_parameters(
    entry_point: str, parameters: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    texts = {name: str(value) for name, value in parameters.items()}
    spec = load_project(str(ROOT)).get_entry_point(entry_point)
    required = {name for name, parameter in spec.parameters.items() if parameter.default is None}
    if required - set(texts):
        return {}, texts
    declared, further = spec.compute_parameters(texts, storage_dir=None)
    return declared, further


def log_source(source: Source) -> None:
    """Record the code of the active run: commit and dirty flag as tags, the diff as artifact."""
    found = {
        tags.MLFLOW_GIT_COMMIT: source.commit,
        tags.MLFLOW_GIT_REPO_URL: source.repository,
        "reprise.dirty": str(source.dirty).lower(),
    }
    mlflow.set_tags({name: value for name, value in found.items() if value})
    if source.dirty:
        with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
            patch = Path(folder) / "diff.patch"
            patch.write_bytes(source.diff.encode("utf-8", "surrogateescape"))
            mlflow.log_artifact(str(patch), "source")


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
