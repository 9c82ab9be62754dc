"""What differs between two prepared tables, as their schema.json tell."""

from collections.abc import Mapping
from typing import Any

from reprise.formatting import SHOWN, listed
from reprise.provenance.value_diff import changed


def schema_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two schema.json: target, task, split, columns, classes."""
    labels = {"target": "target", "target_type": "type of the target", "task": "task"}
    found = [
        f"{label} {old[name]} -> {new[name]}"
        for name, label in labels.items()
        if old[name] != new[name]
    ]
    for name, before, after in changed(old["split"], new["split"]):
        found.append(f"{'split' if name == 'rule' else f'split {name}'} {before} -> {after}")
    found += _column_differences(old, new)
    if old["classes"] and new["classes"]:
        found += added_and_removed("class", set(old["classes"]), set(new["classes"]))
    return found


def _column_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before, after = old["columns"], new["columns"]
    dropped = [name for name in before if name not in after and name in new["dropped"]]
    found = [
        f"column '{name}' is dropped now: {new['dropped'][name]['reason']}" for name in dropped
    ]
    found += added_and_removed("column", set(before) - set(dropped), set(after))
    kinds = []
    for name in before:
        # The kind decides how a column is used; its role and its type in the file say the rest.
        for fact in ("kind", "role", "type"):
            pair = [side.get(name, {}).get(fact) for side in (before, after)]
            if name in after and pair[0] != pair[1]:
                kinds.append(f"column '{name}' {pair[0]} -> {pair[1]}")
                break
    found += [listed(kinds)] if len(kinds) > SHOWN else kinds
    if not found and list(before) != list(after):
        found.append("the order of the columns changed")
    return found


def added_and_removed(what: str, old: set[str], new: set[str]) -> list[str]:
    """`columns 'a', 'b' are new`, `column 'c' is gone`."""
    found = []
    for names, how in ((new - old, "new"), (old - new, "gone")):
        if names:
            quoted = listed([f"'{name}'" for name in sorted(names)])
            many = len(names) > 1
            plural = (f"{what}es" if what.endswith("s") else f"{what}s") if many else what
            found.append(f"{plural} {quoted} {'are' if many else 'is'} {how}")
    return found
