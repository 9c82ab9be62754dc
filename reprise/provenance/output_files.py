"""Outputs of a run, file by file, held against the digests that were taken when it made them."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

import mlflow
from mlflow.entities import Run

from reprise.provenance.seals import flaw, log_sealed
from reprise.runtime.scratch import scratch
from reprise.tracking.artifacts import local_artifact, read_bytes
from reprise.tracking.contract import FILES
from reprise.tracking.runs import active_run

# What MLflow writes beside a registered model that it loads, and Python beside code.
NO_PART = ("registered_model_meta", "__pycache__")


def log_files(*artifacts: str) -> None:
    """Record the sha256 of every file of these artifacts (folders or files) of the active run."""
    # What has been tagged since it was started tells where its model lies.
    run = mlflow.get_run(active_run().info.run_id)
    digests = dict(_file_digests(run, artifacts))
    log_sealed({FILES: json.dumps(digests, indent=2).encode()})


def changed_file(run: Run) -> str | None:
    """Say which file of a run is missing or changed since the step wrote it; None if none is."""
    return next(iter(changed_files(run)), None)


def sealed_files(run: Run) -> tuple[dict[str, str], str | None]:
    """sha256 of every file that a run has sealed, by name; what is wrong with that list, or None.

    A list that is not as it was sealed is empty.
    """
    content = read_bytes(run, FILES)
    if wrong := flaw(run, FILES, content):
        return {}, f"{FILES} {wrong}"
    return json.loads(content or "{}"), None


def changed_files(run: Run) -> list[str]:
    """Say of each file of a run that is missing or changed since the step wrote it."""
    recorded, wrong = sealed_files(run)
    if wrong:
        return [wrong]
    present = present_files(run, sorted({name.partition("/")[0] for name in recorded}))
    found = {
        name: "was changed" if name in present else "is missing"
        for name, digest in recorded.items()
        if present.get(name) != digest
    }
    return [f"{name} {what}" for name, what in found.items()]


def present_files(run: Run, artifacts: Iterable[str]) -> dict[str, str]:
    """sha256 of every file that these artifacts of a run have now, by name."""
    present: dict[str, str] = {}
    for artifact in artifacts:
        with suppress(mlflow.MlflowException, OSError):
            present |= _file_digests(run, [artifact])
    return {
        name: digest
        for name, digest in present.items()
        if not any(part in NO_PART for part in PurePath(name).parts)
    }


def _file_digests(run: Run, artifacts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(name, sha256) of every file of these artifacts; local ones are read where they lie."""
    with scratch() as folder:
        for artifact in artifacts:
            path = local_artifact(run, artifact, Path(folder))
            for file in [path, *sorted(path.rglob("*"))]:
                if file.is_file():
                    with file.open("rb") as content:
                        digest = hashlib.file_digest(content, "sha256").hexdigest()
                    yield str(Path(artifact) / file.relative_to(path)), digest
