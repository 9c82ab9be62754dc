"""Packages and all that they need, as the lock has them: pins, markers and hashes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# An entry of a lock: a line with the pin, and those with its hashes.
_ENTRY = re.compile(r"^([\w.-]+)==(\S+)[^\n]*(?:\n[ ]+--hash[^\n]*)+", re.MULTILINE)
# What the image is, whatever this machine is.
_LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}


def locked(lock: str, names: Iterable[str]) -> str:
    """The entries of a lock for these packages and what they need on Linux.

    What a package needs is read from the installed ones; nothing is asked of an index. Raises
    KeyError for one that the lock does not have.
    """
    entries: dict[str, list[str]] = {}
    for entry in _ENTRY.finditer(lock):
        entries.setdefault(entry[1], []).append(entry[0])
    return "\n".join(text for name in sorted(_closure(names)) for text in entries[name]) + "\n"


def differing(lock: str, requirements: str) -> Mapping[str, tuple[str, list[str]]]:
    """Pins of a model that the lock has not: by package, theirs and the lock's."""
    known: dict[str, list[str]] = {}
    for entry in _ENTRY.finditer(lock):
        known.setdefault(entry[1], []).append(entry[2])
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", requirements, re.MULTILINE)
    return {
        name: (version, known.get(canonicalize_name(name), []))
        for name, version in pins
        if version not in known.get(canonicalize_name(name), [])
    }


def _closure(names: Iterable[str]) -> set[str]:
    """Those packages, and what they need directly and indirectly, by their names in a lock."""
    found: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(name), "") for name in names]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += _needs(*each)
    return {name for name, _ in found}


def _needs(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """What a package needs for one of its extras (or for none): pairs of package and extra."""
    environment = {**default_environment(), **_LINUX, "extra": extra}
    for text in metadata.requires(name) or []:
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate(environment):
            for also in ("", *needed.extras):
                yield canonicalize_name(needed.name), also
