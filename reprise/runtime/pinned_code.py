"""The project's files as they are read once in a process: what it imports and records are those.

People save files while a `main` runs. A process that has pinned its code imports the rest of it
from what it has read, so that it never runs half of one state and half of another, and what it
says that it ran is what it ran. Jobs of the fork server have the files that the server has read.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from reprise.runtime.paths import ROOT

PACKAGES = ("steps", "reprise")
LOCK = "requirements.txt"
PROJECT = "MLproject"
# Whatever else lies among code is data of somebody's, and may be large.
_ENDINGS = (".py", ".html", ".css", ".js", ".md")


@dataclass(frozen=True)
class Pinned:
    """The bytes of a file, and what marked that state of it on disk."""

    content: bytes
    modified_ns: int

    @property
    def digest(self) -> str:
        """sha256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


_ABSENT = Pinned(b"absent", 0)


@cache
def pinned_files() -> dict[str, Pinned]:
    """Code, templates, MLproject and lock by their paths within the project, read once."""
    found = {}
    for name, path in _paths():
        with suppress(FileNotFoundError):
            # The time first: of a file that is saved in between, it is the older one.
            modified = path.stat().st_mtime_ns
            found[name] = Pinned(path.read_bytes(), modified)
    return found


def digest() -> str:
    """sha256 over all of them."""
    found = hashlib.sha256()
    for name, file in pinned_files().items():
        found.update(f"{name}\0{file.digest}\0".encode())
    return found.hexdigest()


def files_changed_since() -> list[str]:
    """Names of the files that are no longer as they were read, or are new, or gone."""
    known = {**pinned_files()}
    changed = [name for name, path in _paths() if _changed(path, known.pop(name, None))]
    return sorted([*changed, *known])


def pin() -> None:
    """Have this process import what it has not imported yet from the files as they are now."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        pinned_files()
        sys.meta_path.insert(0, _Finder())


def take_over(files: Mapping[str, Pinned]) -> list[str]:
    """Pin the files that another process has read, for which this one works.

    Returns names of those from which this process has other modules than that one.
    """
    own = pinned_files()
    unlike = [
        name
        for name, file in own.items()
        if _module_of(name) in sys.modules and files.get(name, _ABSENT).content != file.content
    ]
    own.clear()
    own.update(files)
    pin()
    return unlike


def _module_of(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _paths() -> Iterator[tuple[str, Path]]:
    """(path within the project, path) of each file that may be code."""
    for package in PACKAGES:
        for folder, folders, names in os.walk(ROOT / package):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            within = Path(folder).relative_to(ROOT).as_posix()
            for name in sorted(names):
                if name.endswith(_ENDINGS):
                    yield f"{within}/{name}", Path(folder, name)
    for name in (PROJECT, LOCK):
        if (path := ROOT / name).exists():
            yield name, path


def _changed(path: Path, before: Pinned | None) -> bool:
    try:
        if before is not None and path.stat().st_mtime_ns == before.modified_ns:
            return False
        return before is None or path.read_bytes() != before.content
    except FileNotFoundError:
        return True


class _Loader(SourceFileLoader):
    """Loads a module from its pinned bytes, or from a compiled file of just that state."""

    def get_data(self, path: str) -> bytes:
        file = _pinned_at(path)
        return super().get_data(path) if file is None else file.content

    def path_stats(self, path: str) -> Mapping[str, Any]:
        file = _pinned_at(path)
        if file is None:
            return super().path_stats(path)
        return {"mtime": file.modified_ns / 1e9, "size": len(file.content)}


class _Finder:
    """Finds this project's modules among the pinned files."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        base = fullname.replace(".", "/")
        for name in (f"{base}.py", f"{base}/__init__.py"):
            if name in pinned_files():
                place = str(ROOT / name)
                return spec_from_file_location(fullname, place, loader=_Loader(fullname, place))
        return None


def _pinned_at(path: str) -> Pinned | None:
    place = Path(path)
    return pinned_files().get(place.relative_to(ROOT).as_posix()) if ROOT in place.parents else None
