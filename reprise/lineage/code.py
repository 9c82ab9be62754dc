"""The project's own modules that a step can reach, and the digest of each."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from reprise.lineage.source import ROOT

_PACKAGES = ("steps", "reprise")


def reachable_code(*modules: str) -> dict[str, str]:
    """sha256 of the source of `modules` and of everything of ours that they import, by name.

    Imports are read from the source, wherever in it they stand; only modules of this project
    count. Modules imported by a computed name must be given.
    """
    found: dict[str, str] = {}
    left = list(modules)
    while left:
        module = left.pop()
        path = _path_of(module)
        if path is None or module in found:
            continue
        digest, imported = _read(path, module)
        found[module] = digest
        left.extend(imported)
    return dict(sorted(found.items()))


@cache
def _read(path: Path, module: str) -> tuple[str, tuple[str, ...]]:
    source = path.read_bytes()
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from package import name`: the name may be a module, or something in the package.
            imported.add(node.module)
            imported.update(f"{node.module}.{alias.name}" for alias in node.names)
    ours = {name for name in imported if name.partition(".")[0] in _PACKAGES}
    packages = {name.rpartition(".")[0] for name in (*ours, module)} - {""}
    return hashlib.sha256(source).hexdigest(), tuple(sorted(ours | packages))


def _path_of(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)
