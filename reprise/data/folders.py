"""Folders whose files are one table: which of them are its parts, in which order, and which not."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reprise.errors import RepriseError

_SHOWN = 3
_WILD = re.compile(r"\*\*/|\*|\?|\[!?[^\]]+\]|[^*?\[]+|.", re.DOTALL)


@dataclass(frozen=True)
class Folder:
    """What lies in a folder, or matches a pattern below it, by names relative to `root`.

    `parts` are in the order of their names. `left_out` is no table: hidden, empty, or beginning
    with an underscore, as clusters name what is only theirs (`_SUCCESS`, `_temporary/`).
    """

    root: str
    parts: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def paths(self) -> list[str]:
        """Where the parts are."""
        return [f"{self.root}/{name}" for name in self.parts]


def is_pattern(place: str) -> bool:
    """Whether a path has `*`, `?` or `[` in it, by which it may stand for several files."""
    return re.search(r"[*?\[]", place) is not None


def is_folder(path: Path) -> bool:
    """Whether a path stands for several files: a folder, or a pattern that is no file's name."""
    return path.is_dir() or (is_pattern(str(path)) and not path.is_file())


def folder_at(place: str, filesystem: Any = None) -> Folder:
    """The folder at a path, or what matches a pattern (`*` and `?` of one name, `**/` any depth).

    `filesystem` is one of pyarrow's, by default this machine's. Raises OSError where there is no
    such folder.
    """
    from pyarrow import fs

    filesystem = filesystem or fs.LocalFileSystem()
    names = place.rstrip("/").split("/")
    wild = None
    if filesystem.get_file_info(place).type != fs.FileType.Directory:
        wild = next((at for at, name in enumerate(names) if is_pattern(name)), None)
    root, pattern = "/".join(names[:wild]), "/".join([] if wild is None else names[wild:])
    flat = wild is not None and "/" not in pattern
    inside = fs.FileSelector(root or "/", recursive=not flat)
    found = filesystem.get_file_info(inside)
    wanted = _expression(pattern or "**/*")
    sizes = {
        name: file.size
        for file in found
        if file.type != fs.FileType.Directory
        and wanted.fullmatch(name := file.path.removeprefix(f"{root}/"))
    }
    parts = sorted(name for name, size in sizes.items() if size and not _is_leftover(name))
    return Folder(root, tuple(parts), tuple(sorted(sizes.keys() - set(parts))))


def check_parts(folder: Folder, source: str) -> None:
    """Raise RepriseError where a folder has no parts, or is more than its files."""
    if any(name.startswith("_delta_log/") for name in folder.left_out):
        raise RepriseError(
            f"a Delta table must be read by its log, got its folder '{source}': "
            f"write data=delta:{source}"
        )
    if not folder.parts:
        found = f"only {listed(folder.left_out)}" if folder.left_out else "nothing"
        raise RepriseError(
            f"a folder or pattern must stand for Parquet files, got '{source}', which has {found}: "
            "check the path"
        )


def without_copies(folder: Folder) -> tuple[Folder, list[str]]:
    """The folder without files that have the bytes of one before them beside it, and their names.

    A job that was run twice leaves each part twice; its rows would come to lie on both sides of a
    split. Such files in different partitions are different rows.
    """
    sizes = [(Path(path).parent, Path(path).stat().st_size) for path in folder.paths]
    counts, seen, copies = Counter(sizes), set(), []
    for name, path, size in zip(folder.parts, folder.paths, sizes, strict=True):
        if counts[size] > 1:
            with Path(path).open("rb") as file:
                content = (*size, hashlib.file_digest(file, "sha256").digest())
            if content in seen:
                copies.append(name)
            seen.add(content)
    parts = tuple(name for name in folder.parts if name not in set(copies))
    return replace(folder, parts=parts), copies


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown, more = ", ".join(names[:_SHOWN]), len(names) - _SHOWN
    return shown if more <= 0 else f"{shown} and {more:,} more"


def belongs(path: Path, folder: Path) -> bool:
    """Whether a file at this path, were it written, would be a part of the folder or pattern."""
    if folder.is_dir():
        return path.is_relative_to(folder)
    return _expression(str(folder)).fullmatch(str(path)) is not None


def _is_leftover(name: str) -> bool:
    """As Spark has it: `_x=1` is the folder of a partition."""
    return any(
        one.startswith(".") or (one.startswith("_") and "=" not in one) for one in name.split("/")
    )


def _expression(pattern: str) -> re.Pattern[str]:
    known = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}

    def part(text: str) -> str:
        if text in known:
            return known[text]
        if len(text) > 1 and text.startswith("["):
            return text.replace("[!", "[^").replace("\\", r"\\")
        return re.escape(text)

    return re.compile("".join(part(text) for text in _WILD.findall(pattern)), re.DOTALL)
