"""Outputs of a run, file by file, held against the digests that were taken when it made them."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import mlflow
from mlflow.entities import Run

from reprise.lineage.artifacts import local_artifact, read_bytes
from reprise.lineage.seals import flaw, log_sealed

FILES = "files.json"


def log_files(*artifacts: str) -> None:
    """Record the sha256 of every file of these artifacts (folders or files) of the active run."""
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("files are recorded under an active run")
    # What has been tagged since it was started tells where its model lies.
    digests = dict(_file_digests(mlflow.get_run(run.info.run_id), artifacts))
    log_sealed({FILES: json.dumps(digests, indent=2).encode()})


def changed_file(run: Run) -> str | None:
    """Say which file of a run is missing or changed since the step wrote it; None if none is."""
    return next(iter(changed_files(run)), None)


def changed_files(run: Run) -> list[str]:
    """Say of each file of a run that is missing or changed since the step wrote it."""
    content = read_bytes(run, FILES)
    if wrong := flaw(run, FILES, content):
        return [f"{FILES} {wrong}"]
    recorded = json.loads(content or "{}")
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
            for file in [path, *sorted(path.rglob("*"))]:
                if file.is_file():
                    with file.open("rb") as content:
                        digest = hashlib.file_digest(content, "sha256").hexdigest()
                    yield str(Path(artifact) / file.relative_to(path)), digest
