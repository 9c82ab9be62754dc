"""The second door: `uvx --from git+<url> reprise`, where there is no clone and no `mlflow run`."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.pipeline.conftest import Workplace
from tests.serving import git, git_daemon, make_repository

from .engine import ROOT, docker

pytestmark = pytest.mark.containers

MAIN = ("--models", "elasticnet,gbm", "--tune_model", "none", "--seed", "3")
_BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The present code in a repository, with what a wheel is built from."""
    folder = make_repository(tmp_path / "served" / "reprise")
    for name in _BUILT_FROM:
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(
        ROOT / "deploy/wheel",
        folder / "deploy/wheel",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "what the wheel is built from")
    return folder


def test_uvx_in_a_container_gives_the_runs_of_a_clone_outside(base_image, repository, tmp_path):
    place = Workplace(tmp_path / "place")
    place.folder.mkdir()
    experiment = place.client.create_experiment("reprise", f"file://{place.folder}/artifacts")
    named = ("env", "MLFLOW_EXPERIMENT_NAME=reprise", sys.executable, "-m", "steps.main")
    done = place.call(*named, *MAIN)
    assert done.returncode == 0, done.stdout + done.stderr
    uv = Path(sys.executable).with_name("uv")
    mounts = [f"{place.folder}:{place.folder}", f"{uv}:/usr/local/bin/uv:ro"]
    (place.folder / "run.yaml").write_text("data: sklearn:diabetes\nmodels: [elasticnet, gbm]\n")
    with git_daemon(repository.parent) as url:
        # uv takes https, ssh and file alone: git itself turns one into the daemon's address.
        named = ("COUNT=1", f"KEY_0=url.{url}/.insteadOf", "VALUE_0=https://git.test/")
        variables = (f"MLFLOW_TRACKING_URI={place.uri}", *(f"GIT_CONFIG_{each}" for each in named))
        printed = docker(
            *("run", "--rm", "--network=host", f"--workdir={place.folder}"),
            *(f"--volume={each}" for each in mounts),
            *(f"--env={each}" for each in variables),
            *(base_image, "uv", "tool", "run", "--from", "git+https://git.test/reprise"),
            *("reprise", "run.yaml", "--tune_model", "none", "--seed", "3"),
        )
    assert "cached" in printed
    inside, outside = place.runs("main")
    assert inside.info.experiment_id == outside.info.experiment_id == experiment
    assert inside.data.tags["mlflow.source.git.commit"] == git(repository, "rev-parse", "HEAD")
    assert inside.data.metrics == outside.data.metrics
    steps = place.children(inside)
    for name, run in place.children(outside).items():
        tags = steps[name].data.tags
        # What it did was all done by the other: a fingerprint is of code, lock, parameters, data.
        assert tags["reprise.cached_from"] == run.info.run_id, name
