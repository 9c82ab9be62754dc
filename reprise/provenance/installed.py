"""What a lock pins, and what is installed, held against it.

Workers of a search run this file by its path: it imports nothing of ours.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_PIN = re.compile(
    r"^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,\\#]+)[ \t]*"
    r"(?:;([^\\#\n]*?)(?=[ \t]*(?:--hash|\\|#|$)))?((?:[ \t]*(?:\\\n)?[ \t]*--hash=\S+)*)",
    re.MULTILINE,
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
_FOLDER = re.compile(r"(.+?)-([^-]+)\.dist-info")


class PinnedPackage(NamedTuple):
    """A package by its normal name, its version, and where it is installed ("": everywhere).

    `hashes` are the sha256 of the files that it may be installed from.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def pinned_packages(lock: str) -> list[PinnedPackage]:
    """Those of a lock, in its order; one may have two versions for two markers."""
    return [
        PinnedPackage(canonicalize_name(name), version, marker.strip(), (*_HASH.findall(hashes),))
        for name, version, marker, hashes in _PIN.findall(lock)
    ]


@cache
def installed_differences(lock: str) -> tuple[str, ...]:
    """`numpy 2.4.1, not 2.4.2` for each package that is not installed as the lock has it here."""
    folders = dict(_folders())
    found = []
    for package in pinned_packages(lock):
        name, pinned = package.name, package.version
        if package.marker and not Marker(package.marker).evaluate():
            continue
        if folders.get(name) == pinned:
            continue
        installed = _version(name)
        if installed is None or not _equal(installed, pinned):
            found.append(f"{name} {installed or 'missing'}, not {pinned}")
    return tuple(found)


def _folders() -> Iterator[tuple[str, str]]:
    """(package, version) by the names of what installers leave, which takes no time to read.

    Of two with one name, Python imports what stands first on its path: that comes last here.
    """
    for place in reversed(sys.path):
        names: list[str] = []
        with suppress(OSError):
            names = [path.name for path in Path(place).iterdir()]
        for found in filter(None, map(_FOLDER.fullmatch, names)):
            yield canonicalize_name(found[1]), found[2]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _equal(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other
