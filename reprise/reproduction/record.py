"""Whether a run's record is as the run left it: whatever was edited or damaged since is named."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from reprise.lineage.changed_code import code_differences
from reprise.lineage.changed_environment import lock_difference
from reprise.lineage.differences import (
    metric_differences,
    parameter_differences,
)
from reprise.lineage.digests import digest_json
from reprise.lineage.environment import read_lock
from reprise.lineage.files import changed_files
from reprise.lineage.fingerprint import TAG, WITHOUT_EFFECT
from reprise.lineage.phrases import listed
from reprise.lineage.recorded import Recorded
from reprise.lineage.recording import ORIGIN, SOURCE_CODE, SOURCE_LOCK
from reprise.reproduction.plan import REGISTER

_INPUTS = ("data", "table", "candidates")


def record_problems(recorded: Recorded) -> list[str]:
    """What of a step's record is not as the step left it, a phrase each; nothing where all is."""
    found = [*_fingerprint_problems(recorded), *_origin_problems(recorded)]
    # Until it fitted its winner again, register left no files.
    without = recorded.entry_point == REGISTER and "refit" not in recorded.origin.parameters
    return found if without else found + changed_files(recorded.run)


def main_problems(main: Recorded, steps: Sequence[Recorded]) -> list[str]:
    """What of a `main` run's own record was edited; its metrics are those of its `register`."""
    found = _origin_problems(main)
    metrics = main.run.data.metrics
    for step in steps:
        if step.entry_point == REGISTER:
            shared = {name: step.run.data.metrics.get(name, math.nan) for name in metrics}
            changes = metric_differences(shared, metrics)
            found += [f"metric {change} was edited" for change in changes]
    return [f"main: {problem}" for problem in found]


def copy_problems(copy: Recorded, original: Recorded) -> list[str]:
    """What a step from the cache shows that is not what the run it stands for has."""
    sides = [_with_effect(side) for side in (original.origin.parameters, copy.parameters)]
    found = [f"parameter {phrase}" for phrase in parameter_differences(sides[0], sides[1])]
    found += metric_differences(original.run.data.metrics, copy.run.data.metrics)
    if copy.outputs != original.outputs:
        found.append("digests of outputs differ")
    return [f"cached {copy.entry_point} is not run {original.id}: {phrase}" for phrase in found]


def _fingerprint_problems(recorded: Recorded) -> list[str]:
    """The digest of fingerprint.json is a tag."""
    tag, identity = recorded.run.data.tags.get(TAG), recorded.identity
    if tag is None and not identity:
        return []  # cache=off keeps none
    if not identity:
        return ["fingerprint.json is missing"]
    if digest_json(dict(identity)) != tag:
        return [f"fingerprint.json or the tag {TAG} was changed"]
    return []


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
    without = (*_INPUTS, *WITHOUT_EFFECT)
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
