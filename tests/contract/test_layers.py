"""The rooms of reprise/ know only those below them, and no two modules share a name."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# From the ground up: a room imports those before it, and its own modules.
ROOMS = (
    "predictor",
    "runtime",
    "tracking",
    "data",
    "models",
    "evaluation",
    "provenance",
    "inference",
    "pipeline",
    "reports",
    "training",
    "registry",
    "reproduction",
)
GROUND = ("errors", "formatting")  # loose modules that every room but the predictor may import
DOORS = "__main__"
# What a room must not know, beside what stands above it.
FOREIGN = {
    "predictor": ("mlflow.tracking", "reprise"),
    "runtime": ("mlflow", "pandas", "numpy", "sklearn"),
    "reports": ("sklearn",),
    "inference": ("optuna", "tensorflow"),
    "data": ("mlflow.tracking", "optuna", "tensorflow"),
}
LONGEST_FILE, LONGEST_FUNCTION = 250, 50


def modules() -> dict[str, Path]:
    """Every module of reprise/ and steps/ by its dotted name; a package by that of its folder."""
    found = [path for top in ("reprise", "steps") for path in (ROOT / top).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in found
    }


def imports(module: str) -> Iterator[str]:
    """What a module imports, wherever in it; of ours, the modules and not the names in them."""
    path = MODULES[module]
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level]
            origin = ".".join([*parents, node.module or ""] if node.level else [node.module or ""])
            origin = origin.strip(".")
            names = [f"{origin}.{alias.name}" for alias in node.names]
            inside = [name for name in names if name in MODULES]
            yield from inside or [origin]


MODULES = modules()


def room(module: str) -> str:
    return module.split(".")[1] if module.startswith("reprise.") else module.split(".")[0]


def test_a_module_imports_only_from_rooms_below_its_own():
    upward = []
    for name in MODULES:
        if room(name) in ROOMS:
            allowed = {room(name), *ROOMS[: ROOMS.index(room(name))], *GROUND}
            ours = [found for found in imports(name) if found.startswith(("reprise.", "steps"))]
            upward += [(name, found) for found in ours if room(found) not in allowed]
    assert not upward


def test_a_room_does_not_know_what_is_none_of_its_business():
    known = [
        (name, found)
        for name in MODULES
        for found in imports(name)
        for foreign in FOREIGN.get(room(name), ())
        if f"{found}.".startswith(f"{foreign}.") and room(found) != room(name)
    ]
    assert not known


def test_there_are_thirteen_rooms_and_three_loose_modules():
    folders = {path.parent.name for path in (ROOT / "reprise").glob("*/__init__.py")}
    assert folders == set(ROOMS)
    loose = {path.stem for path in (ROOT / "reprise").glob("*.py")} - {"__init__"}
    assert loose == {*GROUND, DOORS}


def test_no_module_imports_itself_through_others():
    left = {name: {found for found in imports(name) if found in MODULES} for name in MODULES}
    while left:
        free = [name for name, needs in left.items() if not (needs - {name}) & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for name in free:
            del left[name]


def test_no_two_modules_have_one_name():
    files = [path for path in MODULES.values() if path.stem not in ("__init__", DOORS)]
    steps = {path.stem for path in files if path.parent.name == "steps"}
    repeated = {name for name, count in Counter(path.stem for path in files).items() if count > 1}
    assert not repeated
    assert len(steps) > 13


def test_a_package_holds_a_docstring_and_no_code():
    for name, path in MODULES.items():
        if path.stem == "__init__":
            body = ast.parse(path.read_text()).body
            assert isinstance(body[0], ast.Expr), name
            # What a package imports is part of the code of each of its modules.
            assert len(body) == 1 or name in ("reprise.predictor", "reprise.reports.charts"), name


def test_files_and_functions_fit_a_head():
    for top in ("reprise", "steps", "bench", "tests", "envs", "deploy"):
        for path in (ROOT / top).rglob("*.py"):
            text = path.read_text()
            assert len(text.splitlines()) <= LONGEST_FILE, path
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or 0) - node.lineno + 1
                    assert length <= LONGEST_FUNCTION, (path, node.name)


def test_lines_of_steps_are_printed_in_one_place():
    printing = [name for name, path in MODULES.items() if "click.echo(" in path.read_text()]
    assert [name for name in printing if name.startswith("steps")] == ["steps.echo"]
