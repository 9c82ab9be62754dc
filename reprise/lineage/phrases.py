"""What the phrases about differences are made of: what changed between mappings, and lists."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

SHOWN = 5


def listed(phrases: Sequence[str]) -> str:
    """The first few of many, and how many more there are."""
    more = f" and {len(phrases) - SHOWN} more" if len(phrases) > SHOWN else ""
    return ", ".join(phrases[:SHOWN]) + more


def changed(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    same: Callable[[Any, Any], bool] = lambda before, after: bool(before == after),
) -> Iterator[tuple[str, Any, Any]]:
    """(name, value or None, value or None) of each name whose values differ."""
    for name in sorted({*old, *new}):
        if not same(old.get(name), new.get(name)):
            yield name, old.get(name), new.get(name)
