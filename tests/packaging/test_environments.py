"""One result, to the bit, whatever builds the environment and wherever the code comes from."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest

from tests.pipeline.conftest import Workplace
from tests.pipeline.test_determinism import STEPS, digests
from tests.serving import copy_code, git, git_daemon, make_repository

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# One worker makes the copies and what they are compared with.
pytestmark = pytest.mark.xdist_group("env_manager")
SMALL = ("-P", "tune_model=elasticnet", "-P", "trials=2")


@dataclass(frozen=True)
class Copies:
    """The project in every form that `mlflow run` takes, and the environments built for it."""

    folder: Path
    url: str

    def uri(self, form: str) -> str:
        """What to give to `mlflow run` for one of path, zip, git and git#envs/conda."""
        path = self.folder / "reprise"
        known = {"path": str(path), "zip": f"{path}.zip", "git": f"{self.url}/reprise"}
        name, mark, subfolder = form.partition("#")
        return known[name] + mark + subfolder

    def main(self, form: str, manager: str) -> Workplace:
        """A small main of every family, in a folder, a store and an environment of its own."""
        place = self.folder / f"{form} {manager}".replace("/", "-")
        place.mkdir()
        workplace = Workplace(place)
        # pip and uv build different environments under one name; MLflow wants no spaces in it.
        root = self.folder / f"built-by-{manager}"
        variables = {"MLFLOW_ENV_ROOT": str(root), "REPRISE_WARM_MINUTES": "0"}
        outside = {
            name: value for name, value in workplace.environment().items() if name != "PYTHONPATH"
        }
        done = subprocess.run(
            [BIN / "mlflow", "run", self.uri(form), "--env-manager", manager, *SMALL],
            cwd=place,
            env=outside | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert manager == "local" or list(root.rglob("bin/activate"))
        return workplace


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    folder = tmp_path_factory.mktemp("copies")
    make_repository(folder / "reprise")
    shutil.make_archive(str(folder / "reprise"), "zip", copy_code(folder / "zipped"))
    with git_daemon(folder) as url:
        yield Copies(folder, url)


@pytest.fixture(scope="module")
def expected(copies: Copies) -> dict[str, str]:
    """Digests and metrics of the project at a path, in the present environment."""
    return digests(copies.main("path", "local"))


BUILT = (pytest.mark.env_manager, pytest.mark.timeout(1800))


@pytest.mark.parametrize(
    ("form", "manager"),
    [
        pytest.param("git", "local", marks=pytest.mark.slow),
        pytest.param("zip", "local", marks=pytest.mark.slow),
        pytest.param("git", "uv", marks=BUILT),
        pytest.param("zip", "uv", marks=BUILT),
        pytest.param("git#envs/conda", "uv", marks=BUILT),
        pytest.param("path", "virtualenv", marks=BUILT),
    ],
)
def test_the_same_bits_from_a_path_a_url_and_a_zip_under_every_manager(
    copies, expected, form, manager
):
    workplace = copies.main(form, manager)
    (main,) = workplace.runs("main")
    assert main.data.tags.get("mlflow.project.env", "local") == manager
    commit = git(copies.folder / "reprise", "rev-parse", "HEAD") if form != "zip" else None
    assert main.data.tags.get("mlflow.source.git.commit") == commit
    assert len(expected) > len(STEPS)
    assert digests(workplace) == expected


@pytest.mark.env_manager
@pytest.mark.timeout(1800)
def test_make_run_in_a_fresh_clone_ends_with_a_champion(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    environment = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    done = subprocess.run(
        ["make", "run"], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    client = mlflow.MlflowClient(f"sqlite:///{clone}/mlflow.db", f"sqlite:///{clone}/mlflow.db")
    champion = client.get_model_version_by_alias("reprise", "champion")
    experiment = client.get_experiment_by_name("reprise")
    text = "tags.`mlflow.project.entryPoint` LIKE '%'"
    runs = client.search_runs([experiment.experiment_id], text)
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len(runs) == 9
    assert str(champion.version) == "1"
    status = ["git", "-C", clone, "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, text=True, check=True).stdout == ""
