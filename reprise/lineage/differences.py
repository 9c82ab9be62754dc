"""What differs between two recorded things, as short phrases: the earlier first, then the later."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

Texts = Mapping[str, str]

_SHOWN = 5
_SPOTS = 3
_PIN = re.compile(
    r"^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,\\#]+)", re.MULTILINE
)  # fmt: skip


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
    if earlier["python"] != wanted["python"]:
        found.append(f"Python {earlier['python']} -> {wanted['python']}")
    return found


def parameter_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """`n_estimators 200 -> 300` for each that differs; where one is a number, so is the other."""
    found = []
    for name, before, after in _changed(old, new, _same):
        if before is None:
            found.append(f"{name} is new: {after}")
        elif after is None:
            found.append(f"{name} is gone: it was {before}")
        else:
            found.append(f"{name} {before} -> {after}")
    return found


def input_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """`the content of data changed` for each input whose digest differs."""
    return [f"the content of {name} changed" for name, _, _ in _changed(old, new)]


def code_differences(
    old: Texts,
    new: Texts,
    old_texts: Texts | None = None,
    new_texts: Texts | None = None,
    only_changed: bool = False,
) -> list[str]:
    """Files, and with the texts of both lines, that differ between {module: digest or text}.

    `only_changed` leaves out files that one side has not: a step with another model reaches other
    code, which its parameters say already.
    """
    found = []
    for name, before, after in _changed(old, new):
        if before is not None and after is not None:
            texts = ((old_texts or {}).get(name), (new_texts or {}).get(name))
            found.append(f"code: {_file_of(name, {*old, *new})} {changed_lines(*texts)}")
        elif not only_changed:
            what = "is new" if before is None else "is gone"
            found.append(f"code: {_file_of(name, {*old, *new})} {what}")
    return found


def changed_lines(old: str | None, new: str | None) -> str:
    """`line 14 changed`, `lines 3, 9 and 2 more changed`: as the newer text counts its lines."""
    if old is None or new is None or old == new:
        return "changed"
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    spots = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    kinds = {kind for kind, *_ in spots}
    if kinds == {"delete"}:
        gone = sum(end - start for _, start, end, _, _ in spots)
        after_lines = [(start, start) for *_, start, _ in spots]
        where = "at the start" if after_lines == [(0, 0)] else f"after {_spans(after_lines)}"
        return f"{gone} {'line' if gone == 1 else 'lines'} removed {where}"
    # A removal stands between two lines: it is counted with the one before it.
    spans = [(max(start + 1, 1), end) if end > start else (max(start, 1),) * 2
             for *_, start, end in spots]  # fmt: skip
    return f"{_spans(spans)} {'added' if kinds == {'insert'} else 'changed'}"


def _spans(spans: Sequence[tuple[int, int]]) -> str:
    """`line 14`, `lines 14-20`, `lines 3, 9-12 and 2 more`."""
    texts = [str(start) if start == end else f"{start}-{end}" for start, end in spans]
    shown = texts if len(texts) <= _SPOTS else texts[: _SPOTS - 1]
    listed = ", ".join(shown)
    if len(texts) > len(shown):
        listed += f" and {len(texts) - len(shown)} more"
    elif len(texts) > 1:
        listed = f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f"{'line' if texts[0].isdigit() and len(texts) == 1 else 'lines'} {listed}"


def _file_of(module: str, modules: set[str]) -> str:
    """The file of a module; a package is one that others lie in."""
    path = module.replace(".", "/")
    is_package = any(name.startswith(f"{module}.") for name in modules)
    return f"{path}/__init__.py" if is_package else f"{path}.py"


def lock_difference(old: str | None, new: str | None) -> str:
    """`lock changed: scikit-learn 1.9.0 -> 1.9.1`, a few packages named; None: not at hand."""
    if old is None or new is None:
        return "the lock changed"
    found = []
    for name, before, after in _changed(pins(old), pins(new)):
        if before is None:
            found.append(f"{name} {after} added")
        elif after is None:
            found.append(f"{name} {before} removed")
        else:
            found.append(f"{name} {before} -> {after}")
    return f"lock changed: {listed(found) or 'the same packages, other hashes or markers'}"


def pins(lock: str) -> dict[str, str]:
    """{package: version} of the pinned lines of a lock; two versions for two markers as `a/b`."""
    found: dict[str, list[str]] = {}
    for name, version in _PIN.findall(lock):
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), []).append(version)
    return {name: "/".join(sorted(set(versions))) for name, versions in found.items()}


def environment_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two environment.json, but for the lock and the size of the memory."""
    labels = {"python": "Python", "implementation": "Python implementation"}
    names = ("python", "implementation", "platform", "machine", "processor", "byte_order", "cores")
    found = [
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
            for name, before, after in _changed(old[group], new[group]):
                found.append(f"{name} {_unset(before)} -> {_unset(after)}")
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
        for fact, first, second in _changed(before[name], after[name]):
            label = fact.removeprefix("num_").replace("_", " ")
            found.append(f"{name}: {label} {first} -> {second}")
    return found


def schema_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs between two schema.json: target, task, split, columns, classes."""
    labels = {"target": "target", "target_type": "type of the target", "task": "task"}
    found = [
        f"{label} {old[name]} -> {new[name]}"
        for name, label in labels.items()
        if old[name] != new[name]
    ]
    for name, before, after in _changed(old["split"], new["split"]):
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
    changed = []
    for name in before:
        # The kind decides how a column is used; its role and its type in the file say the rest.
        for fact in ("kind", "role", "type"):
            pair = [side.get(name, {}).get(fact) for side in (before, after)]
            if name in after and pair[0] != pair[1]:
                changed.append(f"column '{name}' {pair[0]} -> {pair[1]}")
                break
    found += [listed(changed)] if len(changed) > _SHOWN else changed
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


def metric_differences(old: Mapping[str, float], new: Mapping[str, float]) -> list[str]:
    """`validation_rmse 53.7 -> 54.1 (+0.4)`; no times or file sizes: they always vary."""
    found = []
    for name, before, after in _changed(old, new, _same_number):
        if name.endswith("seconds") or name == "model_bytes":
            continue
        if before is None:
            found.append(f"{name} is new: {after:.6g}")
        elif after is None:
            found.append(f"{name} is gone: it was {before:.6g}")
        else:
            digits = ".6g" if f"{before:.6g}" != f"{after:.6g}" else ".17g"
            found.append(f"{name} {before:{digits}} -> {after:{digits}} ({after - before:+.3g})")
    return found


def listed(phrases: Sequence[str]) -> str:
    """The first few of many, and how many more there are."""
    more = f" and {len(phrases) - _SHOWN} more" if len(phrases) > _SHOWN else ""
    return ", ".join(phrases[:_SHOWN]) + more


def number_or_text(text: str) -> float | str:
    """A recorded parameter as the number that it spells, or as it is."""
    try:
        return float(text)
    except ValueError:
        return text


def _unset(value: str | None) -> str:
    return "not set" if value is None else value


def _same(old: Any, new: Any) -> bool:
    """Whether two values are equal; as numbers where one of them is a number."""
    if old == new:
        return True
    if isinstance(old, str) and isinstance(new, str):
        return False
    try:
        return float(old) == float(new)
    except (TypeError, ValueError):
        return False


def _same_number(old: float | None, new: float | None) -> bool:
    return old == new or (None not in (old, new) and math.isnan(old) and math.isnan(new))  # type: ignore[arg-type]


def _changed(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    same: Callable[[Any, Any], bool] = lambda before, after: bool(before == after),
) -> Iterator[tuple[str, Any, Any]]:
    """(name, value or None, value or None) of each name whose values are not the same."""
    for name in sorted({*old, *new}):
        if not same(old.get(name), new.get(name)):
            yield name, old.get(name), new.get(name)
