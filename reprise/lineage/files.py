"""Artifacts of a run: read back, and held against the digests that were taken when it made them."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import append_to_uri_path, is_local_uri

FILES = "files.json"
MODEL = "model"
MODEL_ID = "reprise.model_id"


def log_files(*artifacts: str) -> None:
    """Record the sha256 of every file of these artifacts of the active run, in files.json."""
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("files are recorded under an active run")
    # What has been tagged since it was started tells where its model lies.
    mlflow.log_dict(dict(_file_digests(mlflow.get_run(run.info.run_id), artifacts)), FILES)


def changed_file(run: Run) -> str | None:
    """Say which file of a run is missing or changed since the step wrote it; None if none is."""
    return next(iter(changed_files(run)), None)


def changed_files(run: Run) -> list[str]:
    """Say of each file of a run that is missing or changed since the step wrote it."""
    recorded = read_json(run, FILES)
    if recorded is None:
        return [f"{FILES} is missing"]
    present: dict[str, str] = {}
    for artifact in sorted({name.partition("/")[0] for name in recorded}):
        with suppress(mlflow.MlflowException, OSError):
            present |= _file_digests(run, [artifact])
    found = {name: "was changed" if name in present else "is missing"
             for name, digest in recorded.items() if present.get(name) != digest}  # fmt: skip
    return [f"{name} {what}" for name, what in found.items()]


def _file_digests(run: Run, artifacts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(name, sha256) of every file of these artifacts; local ones are read where they lie."""
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        for artifact in artifacts:
            path = local_artifact(run, artifact, Path(folder))
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    with file.open("rb") as content:
                        digest = hashlib.file_digest(content, "sha256").hexdigest()
                    yield str(Path(artifact) / file.relative_to(path)), digest


def local_artifact(run: Run, name: str, folder: Path | None = None) -> Path:
    """Where an artifact of a run can be read: in place where it is local, else a copy in `folder`.

    Without `folder` the copy goes when the process ends. MLflow keeps a logged model beside the
    runs, not under the one that logged it. Raises MlflowException or OSError where there is no
    such artifact.
    """
    place = append_to_uri_path(run.info.artifact_uri, name)
    if name == MODEL and MODEL_ID in run.data.tags:
        model = mlflow.MlflowClient().get_logged_model(run.data.tags[MODEL_ID])
        place = model.artifact_location
    if not is_local_uri(place):
        target = folder or Path(_kept().name)
        return Path(mlflow.artifacts.download_artifacts(place, dst_path=str(target)))
    path = Path(local_file_uri_to_path(place))
    if not path.exists():
        raise FileNotFoundError(f"no artifact '{name}' of run {run.info.run_id} at '{path}'")
    return path


@cache
def _kept() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="reprise-")


def read(run: Run, name: str) -> str | None:
    """A text artifact of a run; None where it cannot be had."""
    try:
        # A runs:/ URI would be looked up in the store again: 25 statements, most of the time.
        return str(mlflow.artifacts.load_text(append_to_uri_path(run.info.artifact_uri, name)))
    except (mlflow.MlflowException, OSError, UnicodeDecodeError):
        return None


def read_json(run: Run, name: str) -> dict[str, Any] | None:
    """A JSON object among the artifacts of a run; None where it cannot be had."""
    try:
        found = json.loads(read(run, name) or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
