"""What every run records of its origin: commit, diff, reachable source, lock, environment."""

import json
from collections.abc import Mapping
from typing import Any

import mlflow
from mlflow.utils import mlflow_tags as tags

from reprise.credentials import hidden
from reprise.lineage.code import modules_of, reachable_source
from reprise.lineage.environment import describe_environment, read_lock
from reprise.lineage.seals import log_sealed
from reprise.lineage.source import Source, read_source

ENVIRONMENT = "environment.json"
SOURCE_CODE = "source/code.json"
SOURCE_LOCK = "source/requirements.txt"
SOURCE_DIFF = "source/diff.patch"
ORIGIN = "source/origin.json"


def log_origin(entry_point: str, parameters: Mapping[str, Any]) -> Source:
    """Record what the active run is made of: commit, diff, reachable source, lock, environment.

    Tags: commit, repository, dirty flag, digest of the lock. Sealed artifacts: environment.json,
    source/origin.json (`commit`, `dirty` and the typed `parameters`, as an intact copy of what a
    run shows), source/code.json ({module: text}), source/requirements.txt, source/diff.patch
    where dirty.
    """
    source = read_source()
    environment = describe_environment()
    code = reachable_source(*modules_of(entry_point, parameters))
    found = {
        tags.MLFLOW_GIT_COMMIT: source.commit,
        tags.MLFLOW_GIT_REPO_URL: source.repository,
        "reprise.dirty": str(source.dirty).lower(),
        "reprise.lock": environment["lock"],
    }
    mlflow.set_tags({name: value for name, value in found.items() if value})
    shown = {name: hidden(value) if isinstance(value, str) else value
             for name, value in parameters.items()}  # fmt: skip
    origin = {"commit": source.commit, "dirty": source.dirty, "parameters": shown}
    files = {
        ORIGIN: json.dumps(origin, indent=2).encode(),
        ENVIRONMENT: json.dumps(environment, indent=2).encode(),
        SOURCE_CODE: json.dumps(code, indent=0).encode(),
        SOURCE_LOCK: read_lock(),
    }
    if source.dirty:
        files[SOURCE_DIFF] = source.diff.encode("utf-8", "surrogateescape")
    log_sealed(files)
    return source
