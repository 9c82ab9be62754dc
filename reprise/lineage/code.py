"""The project's own modules that a step can reach: the source and the digest of each."""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from reprise.lineage.source import ROOT
from reprise.models import FAMILIES

_PACKAGES = ("steps", "reprise")


def modules_of(entry_point: str, parameters: Mapping[str, Any]) -> list[str]:
    """The modules that a step with these parameters starts from: its own, and of the families
    that it may fit."""
    family = str(parameters.get("model", ""))
    families = [family] if family.isidentifier() else []
    if parameters.get("refit", "none") != "none":
        families = [*FAMILIES]
    return [f"steps.{entry_point}", *(f"reprise.models.{name}" for name in families)]


def reachable_code(*modules: str) -> dict[str, str]:
    """sha256 of the source of `modules` and of everything of ours that they import, by name.

    Imports are read from the source, wherever in it they stand; only modules of this project
    count. Modules imported by a computed name must be given.
    """
    found = {name: hashlib.sha256(source).hexdigest() for name, source in _reach(modules)}
    return dict(sorted(found.items()))


def reachable_source(*modules: str) -> dict[str, str]:
    """The source itself of what `reachable_code` finds; bytes that are not UTF-8 as surrogates."""
    found = {name: source.decode("utf-8", "surrogateescape") for name, source in _reach(modules)}
    return dict(sorted(found.items()))


def _reach(modules: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    left, seen = list(modules), set()
    while left:
        module = left.pop()
        if module in seen:
            continue
        seen.add(module)
        path = _path_of(module)
        if path is None:
            continue
        source, imported = _read(path, module)
        yield module, source
        left.extend(imported)


@cache
def _read(path: Path, module: str) -> tuple[bytes, tuple[str, ...]]:
    source = path.read_bytes()
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (origin := _origin(node, path, module)):
            # `from package import name`: the name may be a module, or something in the package.
            imported.add(origin)
            imported.update(f"{origin}.{alias.name}" for alias in node.names)
    ours = {name for name in imported if name.partition(".")[0] in _PACKAGES}
    packages = {name.rpartition(".")[0] for name in (*ours, module)} - {""}
    return source, tuple(sorted(ours | packages))


def _origin(node: ast.ImportFrom, path: Path, module: str) -> str:
    """The module that names are imported from, in full where the source has it relatively."""
    if not node.level:
        return node.module or ""
    parents = module.split(".") if path.stem == "__init__" else module.split(".")[:-1]
    base = parents[: len(parents) + 1 - node.level]
    return ".".join([*base, *([node.module] if node.module else [])])


def _path_of(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)
