"""A model of this project behind any model URI, with the version and the run it comes from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model

from reprise.data.read_options import AS_IT_IS, ReadOptions
from reprise.data.reference import Reference, stored_reference
from reprise.data.schema import Task
from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.predictor import TabularModel
from reprise.provenance.model_files import NO_FILES, ModelFiles, held
from reprise.tracking.contract import CANDIDATE_TAG, MODEL_NAME_TAG, MODEL_TAG, VERSION_TAG
from reprise.tracking.runs import registered_version
from reprise.tracking.uris import version_in


@dataclass(frozen=True)
class LoadedModel:
    """A model, and what is known of it: `uri` names a version where one was meant, by alias or not.

    `name` and `version` are those in the registry, None where the URI names no version there. Its
    `files` are those that it was loaded from; `note` says where no run has sealed them.
    `target_kind` is set where the table spells the target's numbers as people do, `asked` where
    somebody has said how it is to be read. `reference` says what the rows that it learned from are
    like, None where an earlier version made the model, and `example` is a row that is like them, as
    JSON values by column.
    """

    uri: str
    model: TabularModel
    task: Task
    target: str
    model_id: str | None
    run_id: str | None
    name: str | None = None
    version: str | None = None
    files: ModelFiles = NO_FILES
    note: str = ""
    target_kind: str = ""
    asked: ReadOptions = AS_IT_IS
    reference: Reference | None = None
    example: Mapping[str, Any] | None = None

    @property
    def tags(self) -> dict[str, str]:
        """Tags that say which model a run has used."""
        known = {
            MODEL_TAG: self.uri,
            MODEL_NAME_TAG: self.name,
            VERSION_TAG: self.version,
            CANDIDATE_TAG: self.run_id,
        }
        return {name: value for name, value in known.items() if value}


class ForeignModel(Exception):
    """A model that another program has logged; the text says so."""


def load_model(uri: str, store: bool = True, digest: str | None = None) -> LoadedModel:
    """Load the model behind a models:/ or runs:/ URI, a folder or a URL of one.

    Before any of it is used, its files are held against the seal of the run that it names, in the
    `store` (False: there is none to ask), or against the `digest` of files that have been held so.
    Raises RepriseError where they differ, where there is no such model, or it is none that this
    project trained. Files that no run has sealed are loaded, with a note.
    """
    version = registered_version(uri) if store else None
    exact = uri if version is None else f"models:/{version.name}/{version.version}"
    try:
        files = ModelFiles.behind(exact)
        note = _check(exact, files, version, store, digest)
        model, stored = unwrapped(str(files.folder))
        reference, example = stored_reference(files.folder), _example(stored, files)
    except (mlflow.MlflowException, OSError, ValueError, ImportError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise RepriseError(
            f"model must exist, got '{uri}' ({reason}): give models:/<name>@champion, "
            "models:/<name>/<version>, runs:/<id>/model or a folder"
        ) from None
    except ForeignModel as why:
        raise RepriseError(
            f"model must be one that this project trained, got '{uri}', {why}: "
            "use MLflow's own tools for it"
        ) from None
    facts = stored.metadata or {}
    name, number = version_in(exact)
    return LoadedModel(
        exact,
        model,
        facts["task"],
        facts["target"],
        stored.model_id,
        stored.run_id,
        name,
        number,
        files,
        note,
        facts.get("target_kind", ""),
        ReadOptions.parse(facts.get("asked", {})),
        reference,
        example,
    )


def _example(stored: Model, files: ModelFiles) -> dict[str, Any] | None:
    """The example row that MLflow keeps beside a model, without what pandas would make of it."""
    name = (stored.saved_input_example_info or {}).get("artifact_path")
    if not name:
        return None
    content = json.loads((files.folder / name).read_text(encoding="utf-8"))
    return dict(zip(content["columns"], content["data"][0], strict=True))


def _check(
    uri: str, files: ModelFiles, version: ModelVersion | None, store: bool, digest: str | None
) -> str:
    """Raise RepriseError for files that are not those that were sealed; a note where none were."""
    if digest is not None and files.digest != digest:
        raise RepriseError(
            f"a worker must serve what was checked when serving began, got '{uri}' with other "
            "files: start again"
        )
    if digest is not None or not store or not files.digests:
        return ""
    found = held(uri, files, version)
    if found.wrong:
        raise RepriseError(
            f"model must have the files that its run has sealed, got '{uri}' whose "
            f"{listed(found.wrong)} (run {found.run_id}): name another version, or register that "
            "run again; a copy without run_id in its MLmodel is a model of its own"
        )
    if found.unsealed is None:
        return ""
    return f"note: the files of {uri} are taken as they are: {found.unsealed}"


def unwrapped(uri: str) -> tuple[TabularModel, Model]:
    """The model behind a URI without MLflow's wrapping, and what MLflow has stored of it.

    Raises ForeignModel where it is none that this project trained, and whatever MLflow does where
    there is none.
    """
    loaded = mlflow.pyfunc.load_model(uri)
    known = "task" in (loaded.metadata.metadata or {})
    model = getattr(loaded.unwrap_python_model(), "model", None) if known else None
    if model is None or not hasattr(model, "kinds"):
        raise ForeignModel("which is another")
    return model, loaded.metadata
