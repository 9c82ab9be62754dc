"""The packages that a lock pins: `name==version ; marker \\ --hash=sha256:…`, line by line."""

import re
from dataclasses import dataclass

from packaging.utils import canonicalize_name

_PIN = re.compile(
    r"^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,\\#]+)[ \t]*"
    r"(?:;([^\\#\n]*?)(?=[ \t]*(?:--hash|\\|#|$)))?((?:[ \t]*(?:\\\n)?[ \t]*--hash=\S+)*)",
    re.MULTILINE,
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")


@dataclass(frozen=True)
class PinnedPackage:
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
