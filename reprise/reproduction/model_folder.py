"""A model in a folder, such as a download of it, held against the version that it is a copy of."""

from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME

from reprise.errors import RepriseError
from reprise.provenance.in_toto import Record
from reprise.provenance.model_files import ModelFiles, differences


def is_model_folder(of: str) -> bool:
    """Whether `of` names a folder with a model in it."""
    return (Path(of) / MLMODEL_FILE_NAME).is_file()


def version_of_folder(of: str) -> ModelVersion:
    """The version that the model in a folder says it is; RepriseError where it says none."""
    try:
        run_id = str(Model.load(of).run_id)
    except Exception as error:  # whatever a text that is no MLmodel makes a parser raise
        raise _none(of, f"whose {MLMODEL_FILE_NAME} cannot be read: {error!r:.80}") from None
    quoted = run_id.replace("'", "''")
    found = mlflow.MlflowClient().search_model_versions(f"run_id = '{quoted}'")
    if not found:
        raise _none(of, f"of run {run_id}, of which there is no version")
    return max(found, key=lambda version: int(version.version))


def folder_problems(of: str, record: Record | None) -> list[str]:
    """What of the files in the folder is not as it was signed; of anything else nothing."""
    if record is None or not is_model_folder(of):
        return []
    files = ModelFiles.behind(of).digests
    return [f"{of}: {phrase}" for phrase in differences(record["version"]["files"], files)]


def _none(of: str, got: str) -> RepriseError:
    return RepriseError(
        "a folder must hold a model that is a version in the registry of "
        f"{mlflow.get_tracking_uri()}, got '{of}' {got}: give a capsule, or the URI of the version"
    )
