"""What is installed, held against the lock that it is recorded under."""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from reprise.provenance.pinned_packages import pinned_packages

_FOLDER = re.compile(r"(.+?)-([^-]+)\.dist-info")


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
