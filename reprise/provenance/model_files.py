"""A model's own files, wherever they lie, held against the seal of the run that it names."""

import hashlib
import marshal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from typing import Self

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME

from reprise.data.digests import digest_json
from reprise.provenance.output_files import NO_PART, sealed_files
from reprise.tracking.artifacts import local_model
from reprise.tracking.contract import MODEL
from reprise.tracking.runs import registered_version
from reprise.tracking.uris import parse_run_uri

# Before its code a file of bytecode says which source it is of: https://peps.python.org/pep-0552/.
_PYC_HEADER = 16


@dataclass(frozen=True)
class Held:
    """How a model's files compare with a seal: phrases for those that differ from it, of `run_id`.

    `unsealed` says why there is nothing to compare with; None where there is.
    """

    run_id: str | None
    wrong: list[str] = field(default_factory=list)
    unsealed: str | None = None

    @property
    def problems(self) -> list[str]:
        """All that keeps the files from being known as those of the run."""
        return [*self.wrong, *([self.unsealed] if self.unsealed else [])]


@dataclass(frozen=True)
class ModelFiles:
    """The files of a model in a folder of this machine, sha256 by their path in it."""

    folder: Path
    digests: Mapping[str, str]

    @classmethod
    def behind(cls, uri: str) -> Self:
        """Those that a model URI, folder or URL names: read in place where that is local.

        Raises what MLflow does where there is no such model.
        """
        folder = local_model(uri)
        if not (folder / MLMODEL_FILE_NAME).is_file():
            return cls(folder, {})  # loading it says so
        return cls(folder, dict(sorted(_digests(folder))))

    @property
    def digest(self) -> str:
        """One digest of all of them."""
        return digest_json(dict(self.digests))

    def against(self, run_id: str | None) -> Held:
        """Hold them against what a run has sealed as its model."""
        if run_id is None:
            return Held(None, unsealed="it names no run")
        try:
            sealed, flaw = sealed_files(mlflow.get_run(run_id))
        except mlflow.MlflowException:
            return Held(run_id, unsealed=f"run {run_id} is not in this store")
        if flaw and flaw.endswith("was changed"):
            return Held(run_id, [f"{flaw} in run {run_id}"])
        expected = {
            name.removeprefix(f"{MODEL}/"): digest
            for name, digest in sealed.items()
            if name.startswith(f"{MODEL}/")
        }
        if flaw or not expected:
            reason = flaw or "it has sealed no model"
            return Held(run_id, unsealed=f"run {run_id} says nothing of its files: {reason}")
        return Held(run_id, differences(expected, self.digests))


NO_FILES = ModelFiles(Path(), {})


def held(uri: str, files: ModelFiles, version: ModelVersion | None = None) -> Held:
    """Hold the files behind a model URI, folder or URL against the run that it names.

    A version names its run in the registry, a logged model in the store, any other folder in its
    MLmodel. `version` is the one that the URI names, where that is known already.
    """
    return files.against(_run_named(uri, files, version or registered_version(uri)))


def held_or_missing(uri: str, version: ModelVersion | None = None) -> Held:
    """The same for the files that a URI names, wherever they lie: missing ones are wrong."""
    try:
        return held(uri, ModelFiles.behind(uri), version)
    except (mlflow.MlflowException, OSError):
        return Held(None, ["its files are missing"])


def unlike_their_run(name: str) -> list[str]:
    """A phrase for all that keeps a models:/ URI from being its run; none for other names."""
    if not name.startswith("models:/"):
        return []
    return [f"{name}: {problem}" for problem in held_or_missing(name).problems]


def held_version(version: ModelVersion) -> tuple[ModelFiles, Held]:
    """The files of a version of a registered model, and how they compare with its run's seal."""
    uri = f"models:/{version.name}/{version.version}"
    files = ModelFiles.behind(uri)
    return files, held(uri, files, version)


def _run_named(uri: str, files: ModelFiles, version: ModelVersion | None) -> str | None:
    if version is not None and version.run_id:
        return str(version.run_id)
    if uri.startswith("runs:/"):
        return parse_run_uri(uri)[0]
    with suppress(mlflow.MlflowException):
        if uri.startswith("models:/m-"):
            return mlflow.get_logged_model(uri.removeprefix("models:/")).source_run_id
    return Model.load(str(files.folder)).run_id


def _digests(folder: Path) -> list[tuple[str, str]]:
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and (not _is_no_part(name) or _is_foreign_bytecode(path)):
            with path.open("rb") as content:
                found.append((str(name), hashlib.file_digest(content, "sha256").hexdigest()))
    return found


def _is_no_part(name: Path) -> bool:
    return any(part in NO_PART for part in name.parts)


def _is_foreign_bytecode(path: Path) -> bool:
    """Whether Python would import a file in place of the source that it is not compiled from.

    Of other Pythons nothing is said: this one does not import theirs.
    """
    source = path.parent.parent / f"{path.name.partition('.')[0]}.py"
    if path.parent.name != "__pycache__" or Path(cache_from_source(source)).name != path.name:
        return False
    try:
        found = marshal.loads(path.read_bytes()[_PYC_HEADER:])
        return bool(found != compile(source.read_bytes(), source, "exec", dont_inherit=True))
    except (OSError, EOFError, ValueError, TypeError, SyntaxError):
        return True


def differences(expected: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """A phrase for each file of a model that is not as expected."""
    found = []
    for name in sorted({*expected, *present}):
        if name not in present:
            found.append(f"{MODEL}/{name} is missing")
        elif name not in expected:
            found.append(f"{MODEL}/{name} is new")
        elif expected[name] != present[name]:
            found.append(f"{MODEL}/{name} was changed")
    return found
