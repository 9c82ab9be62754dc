"""Whether a run's record is as the run left it: whatever was edited or damaged since is named."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.utils.mlflow_tags import MLFLOW_GIT_COMMIT

from reprise.data.digests import digest_json
from reprise.formatting import listed
from reprise.provenance.code_diff import code_differences
from reprise.provenance.environment import read_lock
from reprise.provenance.environment_diff import lock_difference
from reprise.provenance.model_files import held_or_missing
from reprise.provenance.output_files import changed_files
from reprise.provenance.recorded_run import Recorded
from reprise.provenance.value_diff import metric_differences, parameter_differences
from reprise.reproduction.plan import REGISTER
from reprise.tracking.contract import (
    CACHED_FROM_TAG,
    COMMIT_TAG,
    DIRTY_TAG,
    FAMILY_TAG,
    FINGERPRINT_TAG,
    INPUT_DATA_TAG,
    INPUT_TABLE_TAG,
    LOCK_TAG,
    MODEL_DIGEST_TAG,
    MODEL_NAME_TAG,
    ORIGIN,
    REPRODUCED_TAG,
    SOURCE_CODE,
    SOURCE_LOCK,
    TABLE_DIGEST_TAG,
    VERSION_TAG,
    WATCHED_TAG,
)
from reprise.tracking.parameter_roles import INPUTS, WITHOUT_EFFECT

# Begins the tags of a version that are its test metrics.
TEST = "test_"
# Tags that every version of `register` has, and those of its run that they repeat.
_OF_ITS_RUN = {
    COMMIT_TAG: MLFLOW_GIT_COMMIT,
    DIRTY_TAG: DIRTY_TAG,
    FAMILY_TAG: FAMILY_TAG,
    LOCK_TAG: LOCK_TAG,
    MODEL_DIGEST_TAG: MODEL_DIGEST_TAG,
    TABLE_DIGEST_TAG: INPUT_TABLE_TAG,
}


def record_problems(recorded: Recorded) -> list[str]:
    """What of a step's record is not as the step left it, a phrase each; nothing where all is."""
    found = [
        *_fingerprint_problems(recorded),
        *_data_problems(recorded),
        *_origin_problems(recorded),
    ]
    # Until it fitted its winner again, register left no files.
    without = recorded.entry_point == REGISTER and "refit" not in recorded.origin.parameters
    return found if without else found + changed_files(recorded.run)


def main_problems(main: Recorded, steps: Sequence[Recorded]) -> list[str]:
    """What of a `main` run's own record was edited; its metrics are those of its `register`."""
    found = _origin_problems(main)
    metrics = main.run.data.metrics
    if not any(step.entry_point == REGISTER for step in steps):
        found.append(f"its step {REGISTER} is missing, or the tags that say which run that is")
    for step in steps:
        if _has_lost_fingerprint(main, step):
            found.append(f"fingerprint.json and the tag of {step.entry_point} are missing")
        if step.entry_point == REGISTER:
            shared = {name: step.run.data.metrics.get(name, math.nan) for name in metrics}
            changes = metric_differences(shared, metrics)
            found += [f"metric {change} was edited" for change in changes]
    return [f"main: {problem}" for problem in found]


def _has_lost_fingerprint(main: Recorded, step: Recorded) -> bool:
    """Whether neither artifact nor tag is there, which a step of a main with a cache leaves."""
    kept = main.origin.parameters.get("cache", "off") != "off"
    tags = step.run.data.tags
    return kept and not {FINGERPRINT_TAG, CACHED_FROM_TAG} & {*tags} and not step.identity


def copy_problems(copy: Recorded, original: Recorded) -> list[str]:
    """What a step from the cache shows that is not what the run it stands for has."""
    sides = [_with_effect(side) for side in (original.origin.parameters, copy.parameters)]
    found = [f"parameter {phrase}" for phrase in parameter_differences(sides[0], sides[1])]
    found += metric_differences(original.run.data.metrics, copy.run.data.metrics)
    if copy.outputs != original.outputs:
        found.append("digests of outputs differ")
    return [f"cached {copy.entry_point} is not run {original.id}: {phrase}" for phrase in found]


def model_problems(uri: str, version: ModelVersion | None) -> list[str]:
    """What of the model behind a models:/ URI is not that of the run it names; of others nothing.

    Its own files, wherever they lie, and what a version that `register` made says of itself.
    """
    if not uri.startswith("models:/"):
        return []
    found = held_or_missing(uri, version)
    problems = list(found.problems)
    if version is not None and found.run_id and is_registered(version):
        with suppress(mlflow.MlflowException):  # it is no run of this store, which has been said
            problems += version_problems(version, mlflow.get_run(found.run_id))
    return [f"{uri}: {problem}" for problem in problems]


def version_problems(version: ModelVersion, run: Run) -> list[str]:
    """What a version that `register` made shows that is not what its run has."""
    shown, recorded = version.tags, run.data.tags
    found = []
    for name, source in _OF_ITS_RUN.items():
        before, after = recorded.get(source), shown.get(name)
        if before is not None and after is None:
            found.append(f"the tag {name} is missing")
        elif before is not None and before != after:
            found.append(f"tag {name} {before} -> {after} was edited")
    if not any(name.startswith(TEST) for name in shown):
        found.append(f"its test metrics are missing (tags {TEST}…)")
    return found


def is_registered(version: ModelVersion) -> bool:
    """Whether `register` made a version: it says so, or the run that did."""
    later = (REPRODUCED_TAG, WATCHED_TAG)  # which any version may be given
    if any(name.startswith(("reprise.", TEST)) for name in version.tags if name not in later):
        return True
    found: list[Run] = mlflow.search_runs(
        search_all_experiments=True,
        filter_string=f"tags.`{VERSION_TAG}` = '{version.version}'",
        output_format="list",
    )
    return any(run.data.tags.get(MODEL_NAME_TAG) == version.name for run in found)


def _fingerprint_problems(recorded: Recorded) -> list[str]:
    """The digest of fingerprint.json is a tag."""
    tag, identity = recorded.run.data.tags.get(FINGERPRINT_TAG), recorded.identity
    if tag is None and not identity:
        return []  # cache=off keeps none
    if not identity:
        return ["fingerprint.json is missing"]
    if digest_json(dict(identity)) != tag:
        return [f"fingerprint.json or the tag {FINGERPRINT_TAG} was changed"]
    return []


def _data_problems(recorded: Recorded) -> list[str]:
    """What a run has read stands in its fingerprint and in a tag."""
    tag = recorded.run.data.tags.get(INPUT_DATA_TAG)
    expected = recorded.identity.get("inputs", {}).get("data", tag)
    return [] if tag in (None, expected) else [f"the tag {INPUT_DATA_TAG} was changed"]


def _origin_problems(recorded: Recorded) -> list[str]:
    """Artifacts that say what a run was made of, and what of it a run shows in other places too."""
    found = [*_lock_problems(recorded), *_code_problems(recorded)]
    told = " ".join(found)
    broken = recorded.origin.broken
    found += [f"{name} {what}" for name, what in broken.items() if name not in told]
    return found if ORIGIN in broken else found + _label_problems(recorded)


def _label_problems(recorded: Recorded) -> list[str]:
    """Parameters, commit and dirty flag as the run shows them, against those it started with."""
    origin = recorded.origin
    shown = {name: text for name, text in recorded.parameters.items() if name in origin.parameters}
    found = [
        f"parameter {phrase} was edited"
        for phrase in parameter_differences(origin.parameters, shown)
    ]
    pairs = zip(("commit", "dirty"), (origin.commit, origin.dirty), recorded.commit, strict=True)
    return found + [
        f"tag {name} {before} -> {after} was edited"
        for name, before, after in pairs
        if before != after
    ]


def _with_effect(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Without those that may differ between two runs of one fingerprint."""
    without = (*INPUTS, *WITHOUT_EFFECT)
    return {name: value for name, value in parameters.items() if name not in without}


def _lock_problems(recorded: Recorded) -> list[str]:
    tag = recorded.lock_digest
    expected = recorded.identity.get("lock", tag)
    found = [] if tag == expected else ["the tag reprise.lock was changed"]
    if recorded.lock is None:
        return [*found, f"{SOURCE_LOCK} is missing"]
    if _sha256(recorded.lock) != expected:
        present = read_lock().decode()
        known = present if _sha256(present) == expected else None
        change = lock_difference(known, recorded.lock)
        found.append(f"{SOURCE_LOCK} was changed ({change.removeprefix('lock changed: ')})")
    return found


def _code_problems(recorded: Recorded) -> list[str]:
    if recorded.code is None:
        return [f"{SOURCE_CODE} is missing"]
    expected = recorded.identity.get("code")
    if expected is None or recorded.code_digests == expected:
        return []
    changes = code_differences(expected, recorded.code_digests or {})
    return [f"{SOURCE_CODE} was changed ({listed(changes)})"]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
