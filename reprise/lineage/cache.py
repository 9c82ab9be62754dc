"""Finished runs as a cache: found by fingerprint, trusted only while their files are unchanged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise.lineage import owner
from reprise.lineage.artifacts import read, read_json
from reprise.lineage.code import modules_of, reachable_source
from reprise.lineage.differences import differences
from reprise.lineage.environment import read_lock
from reprise.lineage.fingerprint import ARTIFACT, TAG, Fingerprint
from reprise.lineage.recording import SOURCE_CODE, SOURCE_LOCK

MISS_TAG = "reprise.cache_miss"
FILES = "files.json"
CACHED_FROM = "reprise.cached_from"
RESUMES = "reprise.resumes"
REPRODUCED = "reprise.reproduced"
_NEAREST = 5


@dataclass(frozen=True)
class Lookup:
    """What the cache has for a step: a run to reuse, or the reason why there is none.

    `interrupted` are ids of the latest runs of the same step that ended before they had finished.
    """

    run: Run | None
    reason: str
    interrupted: tuple[str, ...] = ()


# Says which output of a run is no longer as the step left it; None where all are.
Changed = Callable[[Run], str | None]


def look_up(fingerprint: Fingerprint, experiment_id: str, changed: Changed) -> Lookup:
    """Find a FINISHED run with this fingerprint whose outputs are as it left them."""
    client = mlflow.MlflowClient()
    found = client.search_runs(
        [experiment_id],
        f"tags.`{TAG}` = '{fingerprint.digest}' AND attributes.status = 'FINISHED'",
        max_results=_NEAREST,
    )
    spoiled = ""
    for run in found:
        what = changed(run)
        if what is None:
            return Lookup(run, f"same as run {run.info.run_id}")
        spoiled = spoiled or f"{what} (run {run.info.run_id})"
    left = tuple(interrupted(fingerprint.digest, experiment_id))
    if left and not spoiled:
        return Lookup(None, f"run {left[0]} of it did not finish", left)
    return Lookup(None, spoiled or _explain(client, fingerprint, experiment_id), left)


def interrupted(digest: str, experiment_id: str) -> list[str]:
    """Ids of the latest runs with this fingerprint that ended before they had finished."""
    found = mlflow.MlflowClient().search_runs(
        [experiment_id],
        f"tags.`{TAG}` = '{digest}' AND attributes.status != 'FINISHED' "
        "AND attributes.status != 'RUNNING'",
        max_results=_NEAREST,
    )
    return [run.info.run_id for run in found]


def result_tags(run: Run) -> dict[str, str]:
    """The tags of a run that stands for an earlier one: what came out, and where from."""
    own = (TAG, MISS_TAG, CACHED_FROM, RESUMES, REPRODUCED, owner.TAG)
    kept = {key: value for key, value in run.data.tags.items()
            if key.startswith("reprise.") and key not in own}  # fmt: skip
    return kept | {CACHED_FROM: run.info.run_id}


def _explain(client: Any, wanted: Fingerprint, experiment_id: str) -> str:
    """What differs from the nearest of the latest finished runs of the same entry point."""
    runs = client.search_runs(
        [experiment_id],
        f"tags.`mlflow.project.entryPoint` = '{wanted.entry_point}' "
        f"AND attributes.status = 'FINISHED' AND tags.`{TAG}` LIKE '%'",
        max_results=_NEAREST,
    )
    recorded = [(run, read_json(run, ARTIFACT)) for run in runs]
    known = [(run, identity) for run, identity in recorded if identity is not None]
    if not known:
        return "it has not run before"
    nearest = min(known, key=lambda pair: len(differences(pair[1], wanted.to_json())))
    return "; ".join(_differences(*nearest, wanted)) or "its earlier run is gone"


def _differences(run: Run, earlier: dict[str, Any], wanted: Fingerprint) -> list[str]:
    """To the line and the package, as far as the earlier run has recorded them."""
    return differences(
        earlier,
        wanted.to_json(),
        earlier_code=read_json(run, SOURCE_CODE),
        wanted_code=reachable_source(*modules_of(wanted.entry_point, wanted.parameters)),
        earlier_lock=read(run, SOURCE_LOCK),
        wanted_lock=read_lock().decode(),
    )
