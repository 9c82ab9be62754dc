"""Paths of tables as a person types them."""

import glob
import os
from pathlib import Path
from urllib.parse import quote, unquote

from reprise.data.folders import is_pattern
from reprise.data.formats.delta_table import DELTA, split_version
from reprise.data.queries.sqlite import SQLITE_BEGINS
from reprise.tracking.caller import folders
from reprise.tracking.contract import IMAGE_VARIABLE

_SQLITE = "sqlite:///"
_OTHER = ("runs:", "models:", "sklearn:")
_NONE = "none"


def located(source: str) -> str:
    """The source, by its absolute path where it is a relative one that is found.

    It is looked for where it was typed, then in the project. What is not there stays as it is, for
    the reader to say so. An SQLite file is the database that it is.
    """
    if source.startswith(DELTA):
        place, version = split_version(source)
        return f"{DELTA}{located(place)}{'' if version is None else f'@{version}'}"
    if source.startswith(_SQLITE):
        path = located(unquote(source.removeprefix(_SQLITE)))
        return f"{_SQLITE}{quote(path)}" if Path(path).is_absolute() else source
    if not source.strip() or source == _NONE or "://" in source or source.startswith(_OTHER):
        return source
    if source.startswith("~"):
        return os.path.expanduser(source)  # noqa: PTH111 (a path that has no such home stays)
    candidates = (str(folder / source) for folder in folders())
    found = next((path for path in candidates if _is_there(path)), source)
    return f"{_SQLITE}{quote(found)}" if _is_sqlite(found) else found


def not_found(name: str) -> str:
    """Where a path was looked for that is nowhere, and what works."""
    if Path(name).is_absolute():
        return ": check the path"
    where = ", nor in ".join(map(str, folders()))
    remedy = "an absolute path works from anywhere"
    if IMAGE_VARIABLE in os.environ:
        remedy = "a container sees what is mounted, by its absolute path: -A volume=/data:/data"
    return f", not found in {where}: check the path ({remedy})"


def _is_sqlite(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(len(SQLITE_BEGINS)) == SQLITE_BEGINS
    except (OSError, ValueError):
        return False


def _is_there(path: str) -> bool:
    try:
        if Path(path).exists() or ("#" in path and Path(path.rpartition("#")[0]).is_file()):
            return True
        return is_pattern(path) and next(glob.iglob(path, recursive=True), None) is not None  # noqa: PTH207
    except (OSError, ValueError):
        return False
