"""The level that is really in force, asked of the libraries and not of the variables."""

import platform
from collections.abc import Mapping
from functools import cache
from typing import Any

from reprise.formatting import listed
from reprise.provenance.kernels import chosen_kernels
from reprise.runtime.level import level_here

_NO_LEVEL = "none"


@cache
def level_in_force() -> str:
    """`x86-64-v3` where every library says so, else with those that do not: `x86-64-v3 but for …`.

    A library decides as it is loaded, once in a process.
    """
    level, found = level_here(), chosen_kernels()
    if level is None:
        return f"{_NO_LEVEL} ({platform.machine()}: {_in_words(found)})"
    wanted: dict[str, Any] = {
        "numpy": level.numpy,
        "blas": [level.blas.lower()],
        "arrow": level.arrow,
    }
    unlike = {name: found[name] for name in wanted if _lower(found[name]) != _lower(wanted[name])}
    return f"{level.name} but for {_in_words(unlike)}" if unlike else level.name


def describe_level() -> dict[str, Any]:
    """For environment.json: `name`, and what each library said."""
    return {"name": level_in_force(), **chosen_kernels()}


def level_of(environment: Mapping[str, Any]) -> str | None:
    """The level that an environment.json tells of; None of one that was made before levels."""
    found: str | None = environment.get("level", {}).get("name")
    return found


def level_note() -> str | None:
    """What follows from the level that is in force here, in a line; None of the usual one."""
    level, found = level_here(), level_in_force()
    if level is not None and found == level.name:
        return level.follows or None
    return (
        f"the level of instructions is not fixed here, got {found}: the last digits of results "
        "are those of this processor"
    )


def _in_words(kernels: Mapping[str, Any]) -> str:
    names = {name: found for name, found in kernels.items() if name != "libm"}
    return listed(
        [
            f"{name} {'/'.join(found) if isinstance(found, list) else found}"
            for name, found in names.items()
        ]
    )


def _lower(found: str | list[str]) -> str:
    return "/".join(found if isinstance(found, list) else [found]).lower()
