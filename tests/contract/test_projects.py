"""MLprojects, click options, pages and pins say the same."""

import importlib
import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from click import Command
from packaging.requirements import Requirement

from envs import generate
from reprise.models.families import FAMILIES, get_family

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = (
    "main",
    "prepare",
    "train_elasticnet",
    "train_rf",
    "train_et",
    "train_gbm",
    "train_nn",
    "tune",
    "ensemble",
    "register",
    "score",
    "serve",
    "explain",
    "compare",
    "reproduce",
    "verify",
    "watch",
    "export",
)
PROJECTS = ("MLproject", "envs/conda/MLproject", "envs/docker/MLproject")


def command(entry_point: str) -> Command:
    return importlib.import_module(f"steps.{entry_point}").command


def project(path: str) -> dict:
    return yaml.safe_load((ROOT / path).read_text())


def declared(path: str, entry_point: str) -> dict[str, tuple[str, object]]:
    """name -> (type, default) of an entry point's parameters; default None where required."""
    parameters = project(path)["entry_points"][entry_point]["parameters"]
    return {
        name: (value, None) if isinstance(value, str) else (value["type"], value["default"])
        for name, value in parameters.items()
    }


@pytest.mark.parametrize("path", PROJECTS)
def test_every_entry_point_is_declared_and_no_other(path):
    assert set(project(path)["entry_points"]) == set(ENTRY_POINTS)


@pytest.mark.parametrize("path", PROJECTS)
@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_parameters_and_defaults_are_those_of_the_click_command(path, entry_point):
    options = {option.name: option for option in command(entry_point).params}
    parameters = declared(path, entry_point)
    assert list(parameters) == list(options)
    for name, (_, default) in parameters.items():
        if options[name].required:
            assert default is None, name
        else:
            assert str(options[name].default) == str(
                options[name].type.convert(default, None, None)
            ), name


@pytest.mark.parametrize("path", PROJECTS)
@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_numbers_are_declared_as_numbers(path, entry_point):
    for option in command(entry_point).params:
        is_number = hasattr(option.type, "whole")
        expected = ("int" if option.type.whole else "float") if is_number else "string"
        assert declared(path, entry_point)[option.name][0] == expected, option.name


@pytest.mark.parametrize("path", PROJECTS)
@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_the_command_passes_every_parameter_once_by_its_name(path, entry_point):
    text = project(path)["entry_points"][entry_point]["command"]
    assert re.findall(r"--(\w+) \{(\w+)\}", text) == [
        (option.name, option.name) for option in command(entry_point).params
    ]
    assert f"python -m steps.{entry_point} " in text


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_its_entry_point_with_its_hyperparameters(name):
    names = [option.name for option in command(f"train_{name}").params]
    assert names == ["table", *get_family(name).hyperparameters, "seed"]


def test_main_takes_what_prepare_takes():
    main, prepare = (declared("MLproject", name) for name in ("main", "prepare"))
    assert {name: main[name] for name in prepare} == prepare


@pytest.mark.parametrize("name", generate.ENVIRONMENTS)
def test_generated_projects_are_up_to_date(name):
    root = (ROOT / "MLproject").read_text()
    text = (ROOT / "envs" / name / "MLproject").read_text()
    assert text == generate.generate(root, generate.ENVIRONMENTS[name])


def test_a_container_gets_every_variable_that_sets_threads():
    from envs.docker.mounts import THREADS
    from reprise.provenance import environment

    assert environment._THREAD_VARIABLES == THREADS


def test_the_page_on_architecture_shows_the_tree_and_the_rooms_as_they_are():
    page = (ROOT / "docs" / "architecture.md").read_text()
    layout = page.partition("## Layout")[2].partition("\n## ")[0]
    shown = re.findall(r"^    (\S+)", layout, re.MULTILINE)
    assert len(shown) > 10
    for name in shown:
        assert (ROOT / name).exists(), name
    rooms = {found.parent.name for found in (ROOT / "reprise").glob("*/__init__.py")}
    table = page.partition("## Rooms")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)/`", table, re.MULTILINE)) == {*rooms, "steps"}


def test_the_pages_give_mlflow_commands_that_the_installed_mlflow_has():
    from mlflow.cli import cli

    page = (ROOT / "docs" / "scoring-and-serving.md").read_text()
    elsewhere = page.partition("\n## Elsewhere\n")[2].partition("\n## ")[0]
    found = re.findall(r"`mlflow (sagemaker|deployments|models) ([\w-]+) ([^`]+)`", elsewhere)
    assert len(found) >= 5
    for group, name, arguments in found:
        options = {
            text for option in cli.commands[group].commands[name].params for text in option.opts
        }
        assert set(re.findall(r"(?<=\s)--?[\w-]+", f" {arguments}")) <= options, name


def test_the_installed_packages_are_those_of_the_lock():
    pins = dict(re.findall(r"^([\w.-]+)==(\S+) ", (ROOT / "requirements.txt").read_text(), re.M))
    for name in ("mlflow", "scikit-learn", "skrub", "tensorflow", "optuna", "pandas"):
        assert version(name) == pins[name], name


def test_every_pin_has_a_hash():
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text()):
        if not block.startswith("#"):
            assert "--hash=sha256:" in block, block


def test_the_lock_satisfies_every_direct_dependency():
    import tomllib

    pins = dict(re.findall(r"^([\w.-]+)==(\S+) ", (ROOT / "requirements.txt").read_text(), re.M))
    for text in tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["direct"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[requirement.name]), text


def test_the_test_lock_repeats_the_pins_of_the_lock():
    pins, more = (
        dict(re.findall(r"^([\w.-]+)==(\S+) ", (ROOT / name).read_text(), re.M))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert {name: more[name] for name in pins} == pins


def test_python_is_the_same_in_every_environment_file():
    python = yaml.safe_load((ROOT / "python_env.yaml").read_text())["python"]
    assert f"python={python}" in project("conda.yaml")["dependencies"]
    assert python.startswith("3.11.")
    assert sys.version_info >= (3, 11)


def test_conda_understands_every_line_of_conda_yaml():
    from rattler import MatchSpec

    dependencies = project("conda.yaml")["dependencies"]
    specs = [MatchSpec(line) for line in dependencies if isinstance(line, str)]
    assert [spec.name.normalized for spec in specs] == ["python", "pip"]
    assert dependencies[-1] == {"pip": ["-r requirements.txt"]}
    assert (ROOT / "envs/conda/requirements.txt").samefile(ROOT / "requirements.txt")
