"""What differs between what two runs ran on: packages of the lock, Python, processor, threads."""

from collections.abc import Mapping, Sequence
from typing import Any

from reprise.formatting import listed
from reprise.provenance.installed import pinned_packages
from reprise.provenance.level_in_force import level_of
from reprise.provenance.value_diff import changed
from reprise.runtime.level import X86_V3

# What a run was made at before levels.
_NOT_FIXED = "not fixed"


def lock_difference(old: str | None, new: str | None) -> str:
    """`lock changed: scikit-learn 1.9.0 -> 1.9.1`, a few packages named; None: not at hand."""
    if old is None or new is None:
        return "the lock changed"
    found = []
    for name, before, after in changed(pins(old), pins(new)):
        if before is None:
            found.append(f"{name} {after} added")
        elif after is None:
            found.append(f"{name} {before} removed")
        else:
            found.append(f"{name} {before} -> {after}")
    return f"lock changed: {listed(found) or 'the same packages, other hashes or markers'}"


def installed_differences(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """What was installed otherwise than the locks say, where that is not the same."""
    if list(old) == list(new):
        return []
    return [f"installed unlike the lock: {listed(old) or 'nothing'} -> {listed(new) or 'nothing'}"]


def level_difference(old: str | None, new: str | None) -> list[str]:
    """Between the levels of instructions of two runs; None of a run that was made before levels."""
    if (old or None) == (new or None):
        return []
    return [f"level of instructions {old or _NOT_FIXED} -> {new or _NOT_FIXED}"]


def pins(lock: str) -> dict[str, str]:
    """{package: version} of the pinned lines of a lock; two versions for two markers as `a/b`."""
    found: dict[str, list[str]] = {}
    for package in pinned_packages(lock):
        found.setdefault(package.name, []).append(package.version)
    return {name: "/".join(sorted(set(versions))) for name, versions in found.items()}


def environment_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two environment.json, but for the lock and the size of the memory."""
    level = level_difference(*map(level_of, (old, new)))
    other = level + installed_differences(old.get("installed", ()), new.get("installed", ()))
    labels = {"python": "Python", "implementation": "Python implementation"}
    names = ("python", "implementation", "platform", "machine", "processor", "byte_order", "cores")
    found = other + [
        f"{labels.get(name, name.replace('_', ' '))} {old[name]} -> {new[name]}"
        for name in names
        if name in old and name in new and old[name] != new[name]
    ]
    if "flags" in old and "flags" in new:
        for what, names_of in (
            ("gone", [flag for flag in old["flags"] if flag not in new["flags"]]),
            ("new", [flag for flag in new["flags"] if flag not in old["flags"]]),
        ):
            found += [f"processor flags {what}: {listed(names_of)}"] if names_of else []
    for group in ("threads", "switches"):
        if group in old and group in new:
            for name, before, after in changed(old[group], new[group]):
                if level and name in X86_V3.variables:
                    continue  # which follow from the level
                found.append(f"{name} {_unset(before)} -> {_unset(after)}")
    kernels = [side.get("level", {}) for side in (old, new)]
    if all(kernels) and kernels[0].get("libm") != kernels[1].get("libm"):
        found.append("libm: other values of exp, log or sin (another C library, or processor)")
    return found + _library_differences(old.get("blas", []), new.get("blas", []))


def _library_differences(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[str]:
    """BLAS and OpenMP that both had loaded: what a step imports by then is no difference."""
    found = []
    before, after = (
        {f"{pool['internal_api']} in {pool.get('folder', '?')}": pool for pool in pools}
        for pools in (old, new)
    )
    for name in sorted(set(before) & set(after)):
        for fact, first, second in changed(before[name], after[name]):
            label = fact.removeprefix("num_").replace("_", " ")
            found.append(f"{name}: {label} {first} -> {second}")
    return found


def _unset(value: str | None) -> str:
    return "not set" if value is None else value
