"""Finished runs as a cache: found by fingerprint, trusted only while their files are unchanged."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.utils.uri import is_local_uri

from reprise.lineage.fingerprint import ARTIFACT, TAG, Fingerprint
from reprise.lineage.uris import run_uri

# Registering changes the registry, so it is done each time; it makes no second version.
REUSABLE = ("prepare", "train_elasticnet", "train_rf", "train_gbm", "train_nn", "tune")
# Environment variable by which main tells its steps not to offer their results for reuse.
MODE = "REPRISE_CACHE"
FILES = "files.json"
CACHED_FROM = "reprise.cached_from"
_NEAREST = 5


@dataclass(frozen=True)
class Lookup:
    """What the cache has for a step: a run to reuse, or the reason why there is none."""

    run: Run | None
    reason: str


def look_up(fingerprint: Fingerprint, experiment_id: str) -> Lookup:
    """Find a FINISHED run with this fingerprint whose files are as it left them."""
    client = mlflow.MlflowClient()
    found = client.search_runs(
        [experiment_id],
        f"tags.`{TAG}` = '{fingerprint.digest}' AND attributes.status = 'FINISHED'",
        max_results=_NEAREST,
    )
    spoiled = ""
    for run in found:
        changed = changed_file(run)
        if changed is None:
            return Lookup(run, f"same as run {run.info.run_id}")
        spoiled = spoiled or f"{changed} of run {run.info.run_id}"
    return Lookup(None, spoiled or _explain(client, fingerprint, experiment_id))


def log_files(*artifacts: str) -> None:
    """Record the sha256 of every file of these artifacts of the active run, in files.json."""
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("files are recorded under an active run")
    mlflow.log_dict(dict(_file_digests(run, artifacts)), FILES)


def changed_file(run: Run) -> str | None:
    """Say which file of a run is missing or changed since the step wrote it; None if none is."""
    try:
        recorded: dict[str, str] = mlflow.artifacts.load_dict(run_uri(run.info.run_id, FILES))
        artifacts = {name.partition("/")[0] for name in recorded}
        present = dict(_file_digests(run, sorted(artifacts)))
    except (mlflow.MlflowException, OSError, json.JSONDecodeError):
        return "an artifact is missing"
    for name, digest in recorded.items():
        if name not in present:
            return f"{name} is missing"
        if present[name] != digest:
            return f"{name} was changed"
    return None


def _file_digests(run: Run, artifacts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(name, sha256) of every file of these artifacts; local ones are read where they lie."""
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        target = None if is_local_uri(run.info.artifact_uri) else folder
        for artifact in artifacts:
            uri = run_uri(run.info.run_id, artifact)
            path = Path(mlflow.artifacts.download_artifacts(uri, dst_path=target))
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    name = str(Path(artifact) / file.relative_to(path))
                    yield name, hashlib.sha256(file.read_bytes()).hexdigest()


def _explain(client: Any, wanted: Fingerprint, experiment_id: str) -> str:
    """What differs from the nearest of the latest finished runs of the same entry point."""
    runs = client.search_runs(
        [experiment_id],
        f"tags.`mlflow.project.entryPoint` = '{wanted.entry_point}' "
        f"AND attributes.status = 'FINISHED' AND tags.`{TAG}` LIKE '%'",
        max_results=_NEAREST,
    )
    explanations: list[list[str]] = []
    for run in runs:
        try:
            earlier = mlflow.artifacts.load_dict(run_uri(run.info.run_id, ARTIFACT))
        except (mlflow.MlflowException, OSError, json.JSONDecodeError):
            continue
        explanations.append(differences(earlier, wanted.to_json()))
    if not explanations:
        return "it has not run before"
    nearest = sorted(explanations, key=len)[0]
    return "; ".join(nearest) or "its earlier run is gone"


def differences(earlier: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What changed between two fingerprints, a phrase for each part that did."""
    found = []
    for name, old, new in _changed(earlier["parameters"], wanted["parameters"]):
        found.append(f"{name} {old} -> {new}")
    for name, _, _ in _changed(earlier["inputs"], wanted["inputs"]):
        found.append(f"the content of {name} changed")
    for name, old, new in _changed(earlier["code"], wanted["code"]):
        if found and None in (old, new):
            continue  # another model is other code: the parameter says it already
        what = "is new" if old is None else "is gone" if new is None else "changed"
        found.append(f"code: {name.replace('.', '/')}.py {what}")
    if earlier["lock"] != wanted["lock"]:
        found.append("the lock changed")
    if earlier["python"] != wanted["python"]:
        found.append(f"Python {earlier['python']} -> {wanted['python']}")
    return found


def _changed(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)
