"""What every run records of its origin: commit, diff, reachable source, lock, environment."""

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.utils import mlflow_tags as tags

from reprise.errors import hidden
from reprise.provenance.code import modules_of, reachable_source
from reprise.provenance.environment import describe_environment, read_lock
from reprise.provenance.handed_source import read_own, take_over
from reprise.provenance.seals import flaw, log_sealed
from reprise.provenance.source import Source, read_commit
from reprise.runtime.paths import ROOT
from reprise.runtime.pinned_code import PROJECT, pinned_files
from reprise.tracking.artifact_place import first_artifacts
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import (
    CONFIG_VARIABLE,
    DIRTY_TAG,
    ENVIRONMENT,
    LOCK_TAG,
    ORIGIN,
    SEAL_PREFIX,
    SOURCE_CODE,
    SOURCE_CONFIG,
    SOURCE_DIFF,
    SOURCE_LOCK,
    SOURCE_PROJECT,
)
from reprise.tracking.runs import active_run

_INHERITED = (
    tags.MLFLOW_USER,
    tags.MLFLOW_SOURCE_NAME,
    tags.MLFLOW_SOURCE_TYPE,
    tags.MLFLOW_GIT_COMMIT,
    tags.MLFLOW_GIT_REPO_URL,
    tags.MLFLOW_GIT_BRANCH,
    tags.MLFLOW_PROJECT_ENV,
    tags.MLFLOW_PROJECT_BACKEND,
)


def source_tags(parent: Run | None = None) -> dict[str, str]:
    """The tags that say where a run's code is from: its parent's, or those of the checkout."""
    if parent is not None:
        known = parent.data.tags
        if found := {name: hidden(known[name]) for name in _INHERITED if name in known}:
            return found
    commit, repository = read_commit()
    present = {
        tags.MLFLOW_USER: _user(),
        tags.MLFLOW_SOURCE_NAME: f"file://{ROOT}",
        tags.MLFLOW_SOURCE_TYPE: "PROJECT",
        tags.MLFLOW_GIT_COMMIT: commit,
        tags.MLFLOW_GIT_REPO_URL: repository,
    }
    return {name: value for name, value in present.items() if value}


def _user() -> str:
    """Who runs this, as MLflow itself names them."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a user id without a name, as containers may have
        return "unknown"


def log_origin(
    entry_point: str, parameters: Mapping[str, Any], handed: str | None = None
) -> Source:
    """Record what the active run is made of: commit, diff, reachable source, lock, environment.

    `handed` is the file with the source that `main` has read; without it, it is read here.

    Tags: commit, repository, dirty flag, digest of the lock. Sealed artifacts: environment.json,
    source/origin.json (`commit`, `dirty` and the typed `parameters`, as an intact copy of what a
    run shows), source/code.json ({module: text}), source/requirements.txt, source/MLproject,
    source/diff.patch where dirty, source/config.yaml where a file of parameters was given.
    """
    code = reachable_source(*modules_of(entry_point, parameters))
    source = read_own() if handed is None else take_over(handed, code)
    environment = describe_environment()
    found = {
        tags.MLFLOW_GIT_COMMIT: source.commit,
        tags.MLFLOW_GIT_REPO_URL: source.repository,
        DIRTY_TAG: str(source.dirty).lower(),
        LOCK_TAG: environment["lock"],
    }
    mlflow.set_tags({name: value for name, value in found.items() if value})
    shown = {
        name: hidden(value) if isinstance(value, str) else value
        for name, value in parameters.items()
    }
    origin = {"commit": source.commit, "dirty": source.dirty, "parameters": shown}
    files = {
        ORIGIN: json.dumps(origin, indent=2).encode(),
        ENVIRONMENT: json.dumps(environment, indent=2).encode(),
        SOURCE_CODE: json.dumps(code, indent=0).encode(),
        SOURCE_LOCK: read_lock(),
        SOURCE_PROJECT: pinned_files()[PROJECT].content,
    }
    if handed is None and (config := os.environ.get(CONFIG_VARIABLE)):
        files[SOURCE_CONFIG] = hidden(config).encode()
    if source.dirty:
        files[SOURCE_DIFF] = source.diff.encode("utf-8", "surrogateescape")
    with first_artifacts(active_run()):
        log_sealed(files)
    return source


@dataclass(frozen=True)
class Origin:
    """Parameters, commit ("unknown" without git), and whether the code differed from it.

    `broken` says which of the artifacts that tell what the run was made of are not as it left
    them, and how: `{name: "was changed"}`.
    """

    parameters: Mapping[str, Any]
    commit: str
    dirty: bool | None
    broken: Mapping[str, str]


def read_origin(run: Run, shown: Origin) -> Origin:
    """The origin that a run has sealed; where that is broken, what is `shown` of it elsewhere."""
    content = read_bytes(run, ORIGIN)
    broken = {ORIGIN: flaw(run, ORIGIN, content)}
    origin = shown
    if content is not None and broken[ORIGIN] is None:
        sealed = json.loads(content)
        origin = Origin(
            sealed["parameters"], sealed["commit"] or "unknown", sealed["dirty"], shown.broken
        )
    names = [SOURCE_LOCK, SOURCE_CODE, ENVIRONMENT, *([SOURCE_DIFF] if origin.dirty else [])]
    # Runs of earlier commits have none.
    names += [SOURCE_PROJECT] if SEAL_PREFIX + SOURCE_PROJECT in run.data.tags else []
    broken |= {name: flaw(run, name, read_bytes(run, name)) for name in names}
    return replace(origin, broken={name: what for name, what in broken.items() if what})
