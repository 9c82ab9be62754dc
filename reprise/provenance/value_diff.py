"""What differs between two fingerprints, as short phrases: the earlier first, then the later."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def parameter_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """`n_estimators 200 -> 300` for each that differs; where one is a number, so is the other."""
    found = []
    for name, before, after in changed(old, new, _same):
        if before is None:
            found.append(f"{name} is new: {after}")
        elif after is None:
            found.append(f"{name} is gone: it was {before}")
        else:
            found.append(f"{name} {before} -> {after}")
    return found


def input_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """`the content of data changed` for each input whose digest differs."""
    return [f"the content of {name} changed" for name, _, _ in changed(old, new)]


def metric_differences(old: Mapping[str, float], new: Mapping[str, float]) -> list[str]:
    """`validation_rmse 53.7 -> 54.1 (+0.4)`; no times or file sizes: they always vary."""
    found = []
    for name, before, after in changed(old, new, _same_number):
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


def number_or_text(text: str) -> float | str:
    """A recorded parameter as the finite number that it spells, or as it is."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


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


def changed(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    same: Callable[[Any, Any], bool] = lambda before, after: bool(before == after),
) -> Iterator[tuple[str, Any, Any]]:
    """(name, value or None, value or None) of each name whose values differ."""
    for name in sorted({*old, *new}):
        if not same(old.get(name), new.get(name)):
            yield name, old.get(name), new.get(name)
