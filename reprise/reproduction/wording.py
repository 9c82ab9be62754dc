"""Recorded values in words."""

from typing import Any

from reprise.reproduction.comparison import Comparison


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
