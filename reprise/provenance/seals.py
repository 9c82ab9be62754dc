"""Small artifacts of a run, the sha256 of each in a tag, so that a later edit of one is noticed."""

import hashlib
from collections.abc import Mapping

import mlflow
from mlflow.entities import Run

from reprise.tracking.artifacts import log_contents
from reprise.tracking.contract import SEAL_PREFIX


def log_sealed(files: Mapping[str, bytes]) -> None:
    """Log these artifacts of the active run, by their path in it, and tag the sha256 of each."""
    log_contents(files)
    mlflow.set_tags({SEAL_PREFIX + name: _sha256(content) for name, content in files.items()})


def flaw(run: Run, name: str, content: bytes | None) -> str | None:
    """What is wrong with the content of an artifact; None where it is as it was sealed."""
    sealed = run.data.tags.get(SEAL_PREFIX + name)
    if content is None:
        return "is missing"
    if sealed is None:
        return f"has no digest (tag {SEAL_PREFIX}{name})"
    return None if _sha256(content) == sealed else "was changed"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
