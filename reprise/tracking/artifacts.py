"""Artifacts of a run, read back where they lie."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.store.artifact.models_artifact_repo import ModelsArtifactRepository
from mlflow.store.artifact.runs_artifact_repo import RunsArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import append_to_uri_path, is_local_uri

from reprise.runtime.scratch import kept, scratch
from reprise.tracking.contract import MODEL, MODEL_ID_TAG


def local_artifact(run: Run, name: str, folder: Path | None = None) -> Path:
    """Where an artifact of a run can be read: in place where it is local, else a copy in `folder`.

    Without `folder` the copy goes when the process ends. MLflow keeps a logged model beside the
    runs, not under the one that logged it. Raises MlflowException or OSError where there is no
    such artifact.
    """
    place = append_to_uri_path(run.info.artifact_uri, name)
    if name == MODEL and MODEL_ID_TAG in run.data.tags:
        model = mlflow.MlflowClient().get_logged_model(run.data.tags[MODEL_ID_TAG])
        place = model.artifact_location
    if not is_local_uri(place):
        target = folder or kept()
        return Path(mlflow.artifacts.download_artifacts(place, dst_path=str(target)))
    path = Path(local_file_uri_to_path(place))
    if not path.exists():
        raise FileNotFoundError(f"no artifact '{name}' of run {run.info.run_id} at '{path}'")
    return path


def local_model(uri: str) -> Path:
    """The folder of a model that a URI names: in place where it is local, else a copy.

    The copy goes when the process ends. Raises MlflowException or OSError where there is none.
    """
    place = uri
    if uri.startswith("models:/"):
        place = ModelsArtifactRepository.get_underlying_uri(uri)
    elif uri.startswith("runs:/"):
        place = RunsArtifactRepository.get_underlying_uri(uri)
    copies = None if is_local_uri(place) else tempfile.mkdtemp(dir=kept())
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=copies))


def log_contents(files: Mapping[str, bytes]) -> None:
    """Log artifacts of the active run, in one go: their content by their path in it."""
    with scratch() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if files:
            mlflow.log_artifacts(folder)


def read_bytes(run: Run, name: str) -> bytes | None:
    """A small artifact of a run, one file; None where it cannot be had."""
    try:
        # A runs:/ URI would be looked up in the store again: 25 statements, most of the time.
        with scratch() as folder:
            return local_artifact(run, name, Path(folder)).read_bytes()
    except (mlflow.MlflowException, OSError):
        return None


def read(run: Run, name: str) -> str | None:
    """A text artifact of a run; None where it cannot be had."""
    content = read_bytes(run, name)
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return None


def read_json(run: Run, name: str) -> dict[str, Any] | None:
    """A JSON object among the artifacts of a run; None where it cannot be had."""
    try:
        found = json.loads(read(run, name) or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
