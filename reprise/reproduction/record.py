"""Whether a run's record is as the run left it: whatever was edited or damaged since is named."""

import hashlib
import math
from collections.abc import Sequence

from reprise.lineage.changed_code import code_differences
from reprise.lineage.changed_environment import lock_difference
from reprise.lineage.differences import (
    metric_differences,
    number_or_text,
    parameter_differences,
)
from reprise.lineage.digests import digest_json
from reprise.lineage.environment import read_lock
from reprise.lineage.files import changed_files
from reprise.lineage.fingerprint import TAG, WITHOUT_EFFECT
from reprise.lineage.phrases import listed
from reprise.lineage.recorded import Recorded
from reprise.lineage.recording import SOURCE_CODE, SOURCE_LOCK
from reprise.reproduction.plan import REGISTER

_INPUTS = ("data", "table", "candidates")


def record_problems(recorded: Recorded) -> list[str]:
    """What of a step's record is not as the step left it, a phrase each; nothing where all is."""
    found = [*_fingerprint_problems(recorded), *_lock_problems(recorded), *_code_problems(recorded)]
    if recorded.entry_point != REGISTER:
        found += changed_files(recorded.run)
    return found


def main_problems(main: Recorded, steps: Sequence[Recorded]) -> list[str]:
    """What of a `main` run's own record is not what its steps were given, and what they found."""
    given = {name: text for name, text in main.parameters.items() if name not in WITHOUT_EFFECT}
    unlike: dict[str, list[str]] = {}
    for step in steps:
        for name in sorted(set(given) & set(step.parameters)):
            if parameter_differences(
                {name: number_or_text(step.parameters[name])},
                {name: number_or_text(given[name])},
            ):
                phrase = f"parameter {name} {step.parameters[name]} -> {given[name]} was edited"
                unlike.setdefault(phrase, []).append(step.entry_point)
    found = [f"main: {phrase} ({', '.join(names)} had the first)"
             for phrase, names in unlike.items()]  # fmt: skip
    trained = {step.entry_point for step in steps if step.entry_point.startswith("train_")}
    named = {f"train_{name.strip()}" for name in given.get("models", "").split(",")}
    if trained != named:
        found.append(f"main: parameter models does not name {', '.join(sorted(trained))}")
    found += [f"main: {problem}" for problem in _lock_problems(main)]
    metrics = main.run.data.metrics
    for step in steps:
        if step.entry_point == REGISTER:
            shared = {name: step.run.data.metrics.get(name, math.nan) for name in metrics}
            changes = metric_differences(shared, metrics)
            found += [f"main: metric {change} was edited" for change in changes]
    return found


def copy_problems(copy: Recorded, original: Recorded) -> list[str]:
    """Metrics and digests of a step from the cache that are not those of the run it stands for."""
    found = metric_differences(original.run.data.metrics, copy.run.data.metrics)
    if copy.outputs != original.outputs:
        found.append("digests of outputs differ")
    return [f"cached {copy.entry_point} is not run {original.id}: {phrase}" for phrase in found]


def _fingerprint_problems(recorded: Recorded) -> list[str]:
    """The digest of fingerprint.json is a tag, and its parts are recorded once more elsewhere."""
    tag, identity = recorded.run.data.tags.get(TAG), recorded.identity
    if tag is None and not identity:
        return []  # cache=off keeps none
    if not identity:
        return ["fingerprint.json is missing"]
    if digest_json(dict(identity)) != tag:
        return [f"fingerprint.json or the tag {TAG} was changed"]
    left_out = (*_INPUTS, *WITHOUT_EFFECT)
    given = {name: text for name, text in recorded.parameters.items() if name not in left_out}
    found = [
        f"parameter {phrase} was edited"
        for phrase in parameter_differences(identity["parameters"], given)
    ]
    return found + [
        f"parameter {name} was edited: what it names is not what the step read"
        for name, digest in identity["inputs"].items()
        if name == "table" and recorded.inputs.get(name) != digest
    ]


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
