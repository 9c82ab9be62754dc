"""Small artifacts of a run, the sha256 of each in a tag, so that a later edit of one is noticed."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mlflow
from mlflow.entities import Run

PREFIX = "reprise.sha256."


def log_sealed(files: Mapping[str, bytes]) -> None:
    """Log these artifacts of the active run, by their path in it, and tag the sha256 of each."""
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        mlflow.log_artifacts(folder)
    mlflow.set_tags({PREFIX + name: _sha256(content) for name, content in files.items()})


def flaw(run: Run, name: str, content: bytes | None) -> str | None:
    """What is wrong with the content of an artifact; None where it is as it was sealed."""
    sealed = run.data.tags.get(PREFIX + name)
    if content is None:
        return "is missing"
    if sealed is None:
        return f"has no digest (tag {PREFIX}{name})"
    return None if _sha256(content) == sealed else "was changed"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
