"""The Merkle root over a record: one digest of all its facts, of which each can be shown alone."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reprise.data.digests import canonical_json

Fact = tuple[tuple[str, ...], str]


def facts(record: Mapping[str, Any], *path: str) -> Iterator[Fact]:
    """Every text in nested mappings, with the names that lead to it, in the order of these."""
    for name in sorted(record):
        value = record[name]
        if isinstance(value, Mapping):
            yield from facts(value, *path, name)
        else:
            yield (*path, name), value


def merkle_root(found: Sequence[Fact]) -> str:
    """The root (RFC 6962, sha256) over facts, each the canonical JSON of its path and its value."""
    return _root([canonical_json([list(path), value]) for path, value in found]).hex()


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(leaves[:half]) + _root(leaves[half:])).digest()
