"""Two values of one output, the original and the reproduced: equal in every bit, or how far off."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

# Clocks and file sizes; what register said of a champion that it met in the registry.
_UNCOMPARED_ENDS = ("seconds", "model_bytes")
_UNCOMPARED_STARTS = ("champion_",)


@dataclass(frozen=True)
class Comparison:
    """One output of a step, as it was and as it came out again.

    `difference` is the largest absolute one where both are numbers of the same shape, else None.
    `accepted` also where they differ by at most the tolerance.
    """

    what: str
    original: Any
    reproduced: Any
    same: bool
    accepted: bool
    difference: float | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON values; numbers that JSON has not as texts."""
        return {
            "what": self.what,
            "original": plain(self.original),
            "reproduced": plain(self.reproduced),
            "same": self.same,
            "accepted": self.accepted,
            "difference": plain(self.difference),
            "note": self.note,
        }


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: NaN and infinity as texts, the parts of mappings likewise."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def compare_values(what: str, original: Any, reproduced: Any) -> Comparison:
    """Compare two texts or other values, which are equal or not."""
    same = original is not None and bool(original == reproduced)
    return Comparison(what, original, reproduced, same, same)


def compare_numbers(
    what: str, original: float | None, reproduced: float | None, tolerance: float
) -> Comparison:
    """Compare two numbers: equal, or off by at most `tolerance`. NaN equals NaN."""
    if original is None or reproduced is None:
        return Comparison(what, original, reproduced, same=False, accepted=False)
    if original == reproduced or (math.isnan(original) and math.isnan(reproduced)):
        return Comparison(what, original, reproduced, same=True, accepted=True, difference=0.0)
    off = _distance(abs(original - reproduced))
    return Comparison(what, original, reproduced, False, off <= tolerance, off)


def compare_metrics(
    original: Mapping[str, float], reproduced: Mapping[str, float], tolerance: float
) -> list[Comparison]:
    """Compare every metric that either has, but for times, file sizes and a champion's metrics."""
    names = [name for name in sorted({*original, *reproduced}) if is_compared(name)]
    return [
        compare_numbers(f"metric {name}", original.get(name), reproduced.get(name), tolerance)
        for name in names
    ]


def is_compared(metric: str) -> bool:
    """Whether a metric belongs to the result, and not to the clock or the registry."""
    return not metric.endswith(_UNCOMPARED_ENDS) and not metric.startswith(_UNCOMPARED_STARTS)


def compare_series(
    what: str, original: Sequence[float], reproduced: Sequence[float], tolerance: float
) -> Comparison:
    """Compare two series of numbers, such as a loss by epoch or the metrics of a trial."""
    frames = [
        pd.DataFrame({"value": np.asarray(side, "float64")}) for side in (original, reproduced)
    ]
    found = compare_frames(what, frames[0], frames[1], tolerance)
    return replace(found, original=list(original), reproduced=list(reproduced))


def compare_frames(
    what: str, original: pd.DataFrame | None, reproduced: pd.DataFrame | None, tolerance: float
) -> Comparison:
    """Compare two tables row by row, numbers as float64 bits; None: missing or unreadable.

    The values of the comparison are those of the first row that differs, the counts where none
    does. Tables of other columns or lengths, or other texts, are never within a tolerance.
    """
    if original is None or reproduced is None:
        before, after = (None if side is None else _size(side) for side in (original, reproduced))
        return Comparison(what, before, after, False, False, note="cannot be read")
    if list(original) != list(reproduced) or len(original) != len(reproduced):
        before, after = _size(original), _size(reproduced)
        return Comparison(what, before, after, False, False, note="other rows or columns")
    wrong, off = np.zeros(len(original), dtype=bool), 0.0
    numeric = True
    for name in original:
        rows, distance = _compare_columns(original[name], reproduced[name])
        wrong |= rows
        numeric &= distance is not None or not rows.any()
        off = max(off, distance or 0.0)
    if not wrong.any():
        size = _size(original)
        return Comparison(what, size, size, same=True, accepted=True, difference=0.0)
    first = int(np.flatnonzero(wrong)[0])
    old, new = (_row(side, first) for side in (original, reproduced))
    note = f"{int(wrong.sum())} of {len(wrong)} rows differ, the first is row {first}"
    difference = off if numeric else None
    return Comparison(what, old, new, False, numeric and off <= tolerance, difference, note)


def forgive(digest: Comparison, behind: Comparison | None) -> Comparison:
    """A digest cannot be nearly equal: it is accepted where the numbers behind it are."""
    if digest.same or behind is None or not behind.accepted or behind.same:
        return digest
    return replace(digest, accepted=True, note=f"accepted: {behind.what} is within the tolerance")


def _compare_columns(old: pd.Series, new: pd.Series) -> tuple[np.ndarray, float | None]:
    """(rows that differ, largest difference or None where they are no numbers)."""
    if all(
        pd.api.types.is_float_dtype(side) or pd.api.types.is_integer_dtype(side)
        for side in (old, new)
    ):
        before, after = (side.to_numpy("float64", na_value=np.nan) for side in (old, new))
        both_missing = np.isnan(before) & np.isnan(after)
        wrong = (before.view("int64") != after.view("int64")) & ~both_missing
        if not wrong.any():
            return wrong, 0.0
        with np.errstate(invalid="ignore"):
            return wrong, _distance(float(np.max(np.abs(before[wrong] - after[wrong]))))
    missing = old.isna().to_numpy() & new.isna().to_numpy()
    unequal = old.astype(object).to_numpy() != new.astype(object).to_numpy()
    return np.asarray(unequal, dtype=bool) & ~missing, None


def _distance(off: float) -> float:
    """A number beside NaN, or infinity beside another, is infinitely far off."""
    return math.inf if math.isnan(off) else off


def _size(table: pd.DataFrame) -> dict[str, int]:
    return {"rows": len(table), "columns": table.shape[1]}


def _row(table: pd.DataFrame, row: int) -> dict[str, Any]:
    return {str(name): _item(value) for name, value in table.iloc[row].to_dict().items()}


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else plain(value)


def shown(comparison: Comparison) -> str:
    """An output that differs, in a few words: what is known of it, or both values in short."""
    if comparison.note:
        return f"{comparison.what}: {comparison.note}"
    sides = [exact(side) for side in (comparison.original, comparison.reproduced)]
    sides = [side if len(side) <= 24 else f"{side[:12]}…" for side in sides]
    return f"{comparison.what}: {' -> '.join(sides)}"


def exact(value: Any) -> str:
    """A value in words; a number with all the digits that tell it from its neighbours."""
    if value is None:
        return "missing"
    if value in ({}, []):
        return "none"
    if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
        return "; ".join(f"{name}: {exact(each)}" for name, each in value.items())
    if isinstance(value, dict):
        return ", ".join(f"{name} {exact(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(exact(each) for each in value)
    return repr(value) if isinstance(value, float) else str(value)
