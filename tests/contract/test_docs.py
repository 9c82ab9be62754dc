"""What the pages say is so: links, commands, targets, modules, generated pages, versions."""

import importlib
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from mlflow.cli import cli

from docs import generate

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (".", "docs", "docs/reference", "examples", "examples/add_a_family", "deploy", "bench")
PAGES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
SCRIPTS = sorted((ROOT / "examples").glob("*.sh"))
LONGEST_README = 150
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """A page without its code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return re.sub(r"`[^`]*`|^    \S.*$", "", text, flags=re.M)


def code(page: Path) -> Iterator[str]:
    """The commands of a page or script, each in one line: fenced, indented, or in the text."""
    text = re.sub(r"\\\n\s*", "", page.read_text())
    if page.suffix != ".md":
        yield from text.splitlines()
        return
    for block in re.findall(r"^```(?:sh|bash|text|)\n(.*?)^```$", text, re.M | re.S):
        yield from block.splitlines()
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    yield from re.findall(r"^ {4,}(\S.*)$", text, re.M)
    yield from (" ".join(found.split()) for found in re.findall(r"`([^`]+)`", text))


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as forges name them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in headings}


def commands() -> Iterator[tuple[str, str]]:
    """Every `mlflow run` and `make run MAIN=…` of pages and examples: (page, arguments)."""
    for page in (*PAGES, *SCRIPTS):
        for line in code(page):
            if found := re.search(r'make run MAIN=(["\'])(.*)\1', line):
                yield page.name, f". {found[2]}"
            elif found := re.search(r"\bmlflow run (.*)", line):
                yield page.name, re.split(r"\s+[#>|&](?:\s|$)", found[1])[0]


COMMANDS = sorted({found for found in commands() if " -" in found[1]})


def test_readme_is_a_door_and_not_the_house():
    assert len((ROOT / "README.md").read_text().splitlines()) <= LONGEST_README


@every_page
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        found = page.parent / name if name else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def test_the_pages_have_commands_of_most_entry_points():
    found = " ".join(arguments for _, arguments in COMMANDS)
    told = set(re.findall(r"-e (\w+)", found)) | {"main"}
    silent = {"train_elasticnet", "train_et", "train_gbm", "train_nn"}
    assert {*generate.entry_points()} - told <= silent


@pytest.mark.parametrize(("page", "arguments"), COMMANDS)
def test_a_command_names_an_entry_point_and_parameters_that_are_there(page, arguments):
    run = cli.commands["run"]
    parser = run.make_parser(click.Context(run))
    given = [word for word in shlex.split(arguments) if word not in ("…", "...", "$@", "${@:4}")]
    options, _, _ = parser.parse_args(given)
    entry_point = options.get("entry_point", "main")
    if "<" in entry_point:
        return
    known = {option.name: option for option in _command(entry_point).params}
    for text in options.get("param_list", []):
        name, _, value = text.partition("=")
        if text == "name=value":
            continue
        assert name in known, f"{page}: {entry_point} has no parameter {name}"
        if value != "…" and not re.search(r"[<$]", value) and "decision_tree" not in value:
            known[name].type.convert(value, known[name], None)


def _command(entry_point: str) -> click.Command:
    return importlib.import_module(f"steps.{entry_point}").command


@every_page
def test_every_make_target_and_module_that_a_page_names_exists(page):
    makefile = (ROOT / "Makefile").read_text()
    for line in code(page):
        for target in re.findall(r"(?:^|[;&] |\$ )make ([a-z][a-z-]*)", line):
            assert re.search(rf"^{target}:", makefile, re.M), target
        for module in re.findall(
            r"python3? -m ((?:reprise|steps|bench|envs|deploy|docs)[\w.]*)", line
        ):
            if page.name != "CHANGELOG.md":
                assert importlib.util.find_spec(module), module


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_a_generated_page_is_fresh(path):
    assert path.read_text() == generate.pages()[path], "run `make docs`"


def test_the_page_on_the_architecture_names_every_room():
    page = (ROOT / "docs/architecture.md").read_text()
    rooms = {found.parent.name for found in (ROOT / "reprise").glob("*/__init__.py")}
    assert {name for name in rooms if f"{name}/" not in page} == set()


def test_the_version_is_that_of_the_latest_release_in_the_changelog():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    latest = re.findall(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert latest[0] == version


def test_ci_of_the_forge_runs_what_ci_runs():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["sudo bash .ci/run"]
    assert job["steps"][0]["with"]["fetch-depth"] == 0
