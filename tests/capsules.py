"""Capsules that somebody has edited: unpacked, changed, sealed anew."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from reprise.provenance.signing import SigningKey, own_key

Members = dict[str, bytes]


def signing_key(path: str) -> SigningKey:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRISE_SIGNING_KEY", path)
        key = own_key()
    assert key is not None
    return key


def members_of(capsule: Path) -> Members:
    with zipfile.ZipFile(capsule) as file:
        return {name: file.read(name) for name in file.namelist()}


def write(path: Path, members: Members) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def seal(members: Members, key: SigningKey | None) -> None:
    """Have capsule.json say what the members are now, signed by a key or by nobody."""
    statement = json.loads(members["capsule.json"])
    statement["subject"] = [
        {"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}
        for name, content in sorted(members.items())
        if not name.startswith("capsule.")
    ]
    members["capsule.json"] = json.dumps(statement).encode()
    members.pop("capsule.dsse.json", None)
    if key is not None:
        members["capsule.dsse.json"] = key.seal(members["capsule.json"])


def named(members: Members, end: str) -> str:
    return next(name for name in members if name.endswith(end))


def flip(end: str) -> Callable[[Members], str]:
    def edit(members: Members) -> str:
        name, content = named(members, end), bytearray(members[named(members, end)])
        content[len(content) // 2] ^= 1
        members[name] = bytes(content)
        return name

    return edit
