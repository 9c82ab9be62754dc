"""Finished runs as a cache: found by fingerprint, trusted only while their files are unchanged."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise.errors import RepriseError
from reprise.pipeline.step import Changed, Step
from reprise.provenance.code import modules_of, reachable_source
from reprise.provenance.code_diff import Texts, code_differences
from reprise.provenance.environment import read_lock
from reprise.provenance.environment_diff import (
    installed_differences,
    level_difference,
    lock_difference,
)
from reprise.provenance.fingerprint import Fingerprint, fingerprint
from reprise.provenance.record import source_tags
from reprise.provenance.value_diff import input_differences, parameter_differences
from reprise.tracking import descriptions, run_names
from reprise.tracking.artifacts import read, read_json
from reprise.tracking.bulk_runs import FinishedRun, log_finished_runs
from reprise.tracking.contract import (
    CACHE_MISS_TAG,
    CACHED_FROM_TAG,
    FINGERPRINT,
    FINGERPRINT_TAG,
    PROCESS_TAG,
    REPRODUCED_TAG,
    RESUMES_TAG,
    SOURCE_CODE,
    SOURCE_LOCK,
)
from reprise.tracking.parameter_roles import Parse
from reprise.tracking.project import project_parameters
from reprise.tracking.runs import project_tags

_NEAREST = 5


@dataclass(frozen=True)
class Lookup:
    """What the cache has for a step: a run to reuse, or the reason why there is none.

    `interrupted` are ids of the latest runs of the same step that ended before they had finished.
    """

    run: Run | None
    reason: str
    interrupted: tuple[str, ...] = ()


def look_up(fingerprint: Fingerprint, experiment_id: str, changed: Changed) -> Lookup:
    """Find a FINISHED run with this fingerprint whose outputs are as it left them."""
    client = mlflow.MlflowClient()
    found = client.search_runs(
        [experiment_id],
        f"tags.`{FINGERPRINT_TAG}` = '{fingerprint.digest}' AND attributes.status = 'FINISHED'",
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
        f"tags.`{FINGERPRINT_TAG}` = '{digest}' AND attributes.status != 'FINISHED' "
        "AND attributes.status != 'RUNNING'",
        max_results=_NEAREST,
    )
    return [run.info.run_id for run in found]


def result_tags(run: Run) -> dict[str, str]:
    """The tags of a run that stands for an earlier one: what came out, and where from."""
    own = (
        FINGERPRINT_TAG,
        CACHE_MISS_TAG,
        CACHED_FROM_TAG,
        RESUMES_TAG,
        REPRODUCED_TAG,
        PROCESS_TAG,
    )
    kept = {
        key: value
        for key, value in run.data.tags.items()
        if key.startswith("reprise.") and key not in own
    }
    return kept | {CACHED_FROM_TAG: run.info.run_id}


def _explain(client: Any, wanted: Fingerprint, experiment_id: str) -> str:
    """What differs from the nearest of the latest finished runs of the same entry point."""
    runs = client.search_runs(
        [experiment_id],
        f"tags.`mlflow.project.entryPoint` = '{wanted.entry_point}' "
        f"AND attributes.status = 'FINISHED' AND tags.`{FINGERPRINT_TAG}` LIKE '%'",
        max_results=_NEAREST,
    )
    recorded = [(run, read_json(run, FINGERPRINT)) for run in runs]
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


@dataclass(frozen=True)
class Found:
    """What a step is, which earlier run stands for it, or why none does.

    `identity` is None where the step is not to be looked up, nor kept for a later main.
    """

    identity: Fingerprint | None
    run: Run | None
    reason: str
    tags: dict[str, str]


def find(step: Step, parameters: dict[str, Any], parse: Parse, mode: str, experiment: str) -> Found:
    """Look a step up; `mode` is use, refresh (compute it again) or off.

    The tags say why a step is computed, and which interrupted runs it goes on from.
    """
    identity = None if mode == "off" else _identify(step.entry_point, parameters, parse)
    if mode != "use" or identity is None:
        return Found(identity, None, "", {})
    lookup = look_up(identity, experiment, step.changed)
    reason, tags = lookup.reason, {}
    if step.resumes and lookup.interrupted:
        reason = f"goes on from run {lookup.interrupted[0]}"
        tags[RESUMES_TAG] = ",".join(lookup.interrupted)
    if reason:
        tags[CACHE_MISS_TAG] = reason[:5000]
    return Found(identity, lookup.run, reason, tags)


def stand_in(
    parent: Run, name: str, parameters: Mapping[str, Any], earlier: Run, seconds: float
) -> None:
    """Record a finished child of `parent` that points to the run it stands for."""
    now = round(1000 * time.time())
    run = FinishedRun(
        run_names.run_name(name, parameters),
        "FINISHED",
        now - round(1000 * seconds),
        now,
        project_parameters(name, parameters),
        earlier.data.metrics,
        project_tags(name, parameters, source_tags(parent), parent)
        | result_tags(earlier)
        | descriptions.cached(earlier),
    )
    log_finished_runs(parent, [run])


def _identify(name: str, parameters: dict[str, Any], parse: Parse) -> Fingerprint | None:
    try:
        return fingerprint(name, parse(name, parameters))
    except RepriseError:
        return None  # the step itself will say what is wrong


def differences(
    earlier: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    earlier_code: Texts | None = None,
    wanted_code: Texts | None = None,
    earlier_lock: str | None = None,
    wanted_lock: str | None = None,
) -> list[str]:
    """What changed between two fingerprints, a phrase for each part that did.

    With the source of both ({module: text}) code is named to the line, with both locks the
    packages are named; without them only the files, and that the lock changed.
    """
    found = parameter_differences(earlier["parameters"], wanted["parameters"])
    found += input_differences(earlier["inputs"], wanted["inputs"])
    found += code_differences(
        earlier["code"], wanted["code"], earlier_code, wanted_code, only_changed=bool(found)
    )
    if earlier["lock"] != wanted["lock"]:
        found.append(lock_difference(earlier_lock, wanted_lock))
    found += installed_differences(earlier.get("installed", ()), wanted.get("installed", ()))
    if earlier["python"] != wanted["python"]:
        found.append(f"Python {earlier['python']} -> {wanted['python']}")
    return found + level_difference(earlier.get("level"), wanted.get("level"))
