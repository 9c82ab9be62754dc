"""The project's own files that a step can reach: the source and the digest of each."""

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from reprise.models.families import FAMILIES
from reprise.runtime.pinned_code import PACKAGES, pinned_files

# A module that imports one of them renders the templates whose names stand in it.
_RENDERERS = {"jinja2", "reprise.reports.html"}
_QUOTED = re.compile(r"""["']([\w./-]+)["']""")


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
    count. Modules imported by a computed name must be given. A template that one of them renders
    is there by its path, with those that it includes.
    """
    found = {name: hashlib.sha256(source).hexdigest() for name, source in _reach(modules)}
    return dict(sorted(found.items()))


def reachable_source(*modules: str) -> dict[str, str]:
    """The source itself of what `reachable_code` finds; bytes that are not UTF-8 as surrogates."""
    found = {name: source.decode("utf-8", "surrogateescape") for name, source in _reach(modules)}
    return dict(sorted(found.items()))


def file_of(name: str, names: Mapping[str, Any] | set[str]) -> str:
    """The path within the project of one of `names`; a package is a module that others lie in."""
    if "/" in name:
        return name
    path = name.replace(".", "/")
    is_package = any(other.startswith(f"{name}.") for other in names)
    return f"{path}/__init__.py" if is_package else f"{path}.py"


def _reach(names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    left, seen = list(names), set()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        path = name if "/" in name else _path_of(name)
        if path is None:
            continue
        yield name, pinned_files()[path].content
        left += _template_references(path) if "/" in name else _module_references(path, name)


@cache
def _module_references(path: str, module: str) -> tuple[str, ...]:
    """What a module imports of ours, the packages of that, and templates that it renders."""
    tree = ast.parse(pinned_files()[path].content)
    imported: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (origin := _origin(node, path, module)):
            # `from package import name`: the name may be a module, or something in the package.
            imported.add(origin)
            imported.update(f"{origin}.{alias.name}" for alias in node.names)
    ours = {name for name in imported if name.partition(".")[0] in PACKAGES}
    packages = {name.rpartition(".")[0] for name in (*ours, module)} - {""}
    templates: list[str] = []
    if not imported.isdisjoint(_RENDERERS):
        templates = _paths_of_templates({*_texts(tree), *map(_constant, ours)})
    return tuple(sorted({*ours, *packages, *templates}))


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every statement, which imports are, without the expressions: most of a tree is these."""
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            left += getattr(node, block, ())


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _constant(name: str) -> str:
    """The text that a module of ours gives this name to; "" where it is none."""
    module, _, constant = name.rpartition(".")
    path = _path_of(module)
    return "" if path is None else _constants(path).get(constant, "")


@cache
def _constants(path: str) -> dict[str, str]:
    return {
        node.targets[0].id: "".join(_texts(node.value))
        for node in ast.parse(pinned_files()[path].content).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


@cache
def _template_references(path: str) -> tuple[str, ...]:
    text = pinned_files()[path].content.decode("utf-8", "replace")
    return tuple(_paths_of_templates(set(_QUOTED.findall(text))))


def _paths_of_templates(names: set[str]) -> list[str]:
    return [path for name, path in _templates().items() if name in names]


@cache
def _templates() -> dict[str, str]:
    """The path of each template by its name."""
    paths = (PurePosixPath(path) for path in pinned_files() if "/" in path)
    return {path.name: str(path) for path in paths if path.suffix != ".py"}


def _origin(node: ast.ImportFrom, path: str, module: str) -> str:
    """The module that names are imported from, in full where the source has it relatively."""
    if not node.level:
        return node.module or ""
    parents = module.split(".") if path.endswith("/__init__.py") else module.split(".")[:-1]
    base = parents[: len(parents) + 1 - node.level]
    return ".".join([*base, *([node.module] if node.module else [])])


def _path_of(module: str) -> str | None:
    base = module.replace(".", "/")
    candidates = (f"{base}.py", f"{base}/__init__.py")
    return next((path for path in candidates if path in pinned_files()), None)
