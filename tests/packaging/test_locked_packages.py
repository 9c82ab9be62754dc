"""What the image of a model installs is what the lock pins, by its hashes, and says where not."""

import ast
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import requests
from packaging.utils import canonicalize_name

from deploy.model import build
from deploy.model.locked_packages import differing, locked
from reprise.inference.load import LoadedModel, load_model
from reprise.provenance.code import reachable_source
from reprise.provenance.model_files import ModelFiles
from reprise.runtime.paths import ROOT
from tests.servers.processes import free_port, running
from tests.unit.inference.models import Doubling

LOCK = (ROOT / "requirements.txt").read_text()
SMALL = """\
# a comment
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via pandas
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
zipp==4.1.2 \\
    --hash=sha256:dd
"""


def test_entries_are_those_of_the_lock_and_nothing_else():
    found = locked(LOCK, build.PACKAGES)
    for entry in re.split(r"\n(?=\S)", found.rstrip()):
        assert f"\n{entry}\n" in LOCK
        assert "--hash=sha256:" in entry
    names = set(re.findall(r"^([\w.-]+)==", found, re.MULTILINE))
    assert {"mlflow-skinny", "skops", "uvicorn", "joblib", "h11", "pandas"} <= names
    assert not {"tensorflow", "keras", "optuna", "distributed", "flask", "colorama"} & names


def test_every_pin_of_a_package_is_taken_with_its_marker_and_all_of_its_hashes():
    assert (
        locked(SMALL, ["NumPy"])
        == "\n".join(SMALL.splitlines()[1:4] + SMALL.splitlines()[5:7]) + "\n"
    )
    with pytest.raises(KeyError, match="pandas"):
        locked(SMALL, ["pandas"])


def test_pins_of_a_model_that_the_lock_has_not_are_named():
    needed = "numpy==2.5.5\nZipp==4.0.0\nother==1\n"
    assert differing(SMALL, needed) == {"Zipp": ("4.0.0", ["4.1.2"]), "other": ("1", [])}


def test_everything_that_the_served_modules_import_is_installed():
    found = reachable_source("reprise.inference.__main__", "reprise.inference.http_app")
    roots = {"reprise", *sys.stdlib_module_names}
    imported = {root for text in found.values() for root in imports_of(text)} - roots
    assert {"mlflow", "uvicorn", "pandas"} <= imported
    names = set(re.findall(r"^([\w.-]+)==", locked(LOCK, build.PACKAGES), re.MULTILINE))
    known = metadata.packages_distributions()
    for root in imported:
        assert {canonicalize_name(name) for name in known[root]} & names, root


def imports_of(text: str) -> set[str]:
    """Packages that a module imports as soon as it is imported."""
    found: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
            # uvicorn imports its parser only where it is asked to.
            found |= {"httptools"} if "httptools" in node.module else set()
    return found


@pytest.fixture
def model(tmp_path: Path) -> LoadedModel:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "requirements.txt").write_text("skops==0.1\nzipp==0.2\n")
    files = ModelFiles(folder, {})
    return LoadedModel(str(folder), Doubling(), "regression", "y", None, None, files=files)


def test_no_index_is_asked_and_other_versions_are_said_in_a_line(
    model, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a program was started"))
    context = tmp_path / "context"
    context.mkdir()
    build.write_context(model, context)
    assert (context / "model-requirements.txt").read_text() == locked(LOCK, build.PACKAGES)
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("note: the lock is not that of the model, made with skops==0.1 (image: ")


@pytest.mark.env_manager
def test_an_environment_of_it_runs_what_the_image_runs(workshop, tmp_path):
    context = tmp_path / "context"
    context.mkdir()
    build.write_context(load_model(f"runs:/{workshop.runs['good']}/model"), context)
    environment, uv = tmp_path / "environment", shutil.which("uv")
    assert uv is not None
    subprocess.run([uv, "venv", "--python", sys.executable, environment], check=True)
    lock = ("--require-hashes", "-r", context / "model-requirements.txt")
    python = environment / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--python", python, *lock], check=True)
    dockerfile = (context / "Dockerfile").read_text()
    _, *entry = json.loads(dockerfile.rpartition("ENTRYPOINT ")[2])
    port = free_port()
    command = [python, *entry, f"--port={port}", f"--model={context / 'model'}"]
    variables = {"PYTHONPATH": str(context / "code"), "PYTHONSAFEPATH": "1"}
    with running(command, lambda: answers(port), tmp_path / "log.txt", variables, tmp_path):
        rows = [{"a": 1.0, "b": 0.5, "c, d": 0.0}]
        found = requests.post(f"http://127.0.0.1:{port}/predict", json=rows, timeout=30)
        assert found.status_code == 200
        assert found.json()[0]["predicted"] == pytest.approx(2.5, abs=0.5)


def answers(port: int) -> bool:
    """Whether a server on this port can predict."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/ping", timeout=2).ok
    except requests.RequestException:
        return False
