"""Write the pages under docs/reference/ from what they describe: `make docs`."""

import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import yaml

ROOT = Path(__file__).resolve().parents[1]
_NOTE = "<!-- Written by `make docs`: change {source}, not this page. -->\n\n"
_PARAMETERS = """\
# Parameters

Every entry point is run as `mlflow run . --env-manager local -e <entry point> -P name=value …`
(`main` without `-e`), or `make run MAIN="-P name=value …"`. A name or value that is not allowed
is refused before anything runs, and the message lists those that are.
"""
_CONTRACT = """\
# Names that scripts may rely on

What runs, versions and processes know each other by. A name that ends in `*` begins several.
"""
_COLUMNS = {
    "Tags": "tag",
    "Artifacts": "artifact",
    "Members of a capsule, beside runs/<id>/<artifact> and wheels/": "member",
    "Environment variables": "variable",
}


def entry_points() -> list[str]:
    """The entry points of the MLproject, in its order."""
    return list(yaml.safe_load((ROOT / "MLproject").read_text("utf-8"))["entry_points"])


def parameters() -> str:
    """The page of every parameter, from the click commands."""
    sections = [_section(name) for name in entry_points()]
    note = _NOTE.format(source="steps/ and the families in reprise/models/")
    return "\n".join([note + _PARAMETERS, *sections])


def _section(entry_point: str) -> str:
    command: click.Command = importlib.import_module(f"steps.{entry_point}").command
    options = [option for option in command.params if isinstance(option, click.Option)]
    rows = [
        (
            f"`{option.name}`",
            "required" if option.required else f"`{option.default}`",
            option.help or "",
        )
        for option in options
    ]
    table = _table(("parameter", "default", "meaning"), rows)
    return f"## `{entry_point}`\n\n{command.help}\n\n{table}"


def contract(source: str) -> str:
    """The page of every tag, artifact and variable, from the text of the module that names them."""
    note = _NOTE.format(source="reprise/tracking/contract.py")
    sections = []
    for title, text in re.findall(r"^# --- ([^\n]+) ---$(.*?)(?=^# --- |\Z)", source, re.M | re.S):
        rows = [(f"`{name}`", meaning) for name, meaning in _constants(text)]
        if rows:
            sections.append(f"## {title}\n\n{_table((_COLUMNS[title], 'meaning'), rows)}")
    return "\n".join([note + _CONTRACT, *sections])


def _constants(text: str) -> Iterator[tuple[str, str]]:
    """The value of each constant, a `*` behind one that begins several, and what it means."""
    found = re.findall(r'((?:^#: .*\n)+)^([A-Z_]+)(?:: [\w\[\]]+)? = "(.+)"$', text, re.M)
    for comment, name, value in found:
        meaning = " ".join(line.removeprefix("#: ") for line in comment.splitlines())
        yield value + "*" * name.endswith("_PREFIX"), meaning


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *([_escaped(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _escaped(cell: str) -> str:
    """Text as a cell: `<name>` outside code would be taken for HTML, a bar for the next cell."""
    parts = cell.split("`")
    parts[::2] = [re.sub(r"<(?=\w)", r"\<", part) for part in parts[::2]]
    return "`".join(parts).replace("|", r"\|")


def pages() -> dict[Path, str]:
    """The text of every generated page, by its path."""
    source = (ROOT / "reprise/tracking/contract.py").read_text("utf-8")
    folder = ROOT / "docs/reference"
    return {folder / "parameters.md": parameters(), folder / "contract.md": contract(source)}


def main() -> None:
    """Write every generated page."""
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
