"""README's section on containers: it fits a screen, and what it says to type works."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes

from .caller import Caller
from .readme import HEADING, KNOWN, ROOT, command, lines

SCREEN = 50


def test_the_section_fits_a_screen_and_every_command_of_it_is_run_by_a_test():
    section = (ROOT / "README.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    assert len(section.splitlines()) <= SCREEN
    assert sorted(map(command, KNOWN)) == sorted(lines())
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    for start in KNOWN:
        assert f'command("{start}")' in tests or f'said("{start}")' in tests, start


@pytest.mark.containers
@pytest.mark.usefixtures("image")
def test_a_table_beside_the_project_is_modelled_in_a_container(caller: Caller):
    clone = caller.clone()
    table = load_diabetes(as_frame=True).frame.rename(columns={"target": "price"})
    table.to_csv(clone / "table.csv", index=False)
    line = command("mlflow run envs/docker -P")
    caller.shell(f"{line} -P models=elasticnet -P tune_model=none", clone)
    here = Caller(clone)
    champion = here.client.get_model_version_by_alias("reprise", "champion")
    assert here.client.get_run(champion.run_id).data.tags["mlflow.project.env"] == "docker"


@pytest.mark.servers
@pytest.mark.parametrize("missing", ["POSTGRES_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY",
                                     "MLFLOW_ADMIN", "MLFLOW_ADMIN_PASSWORD",
                                     "MLFLOW_SECRET_KEY", None])  # fmt: skip
def test_compose_starts_nothing_without_every_secret(missing: str | None, tmp_path: Path):
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns(".env"))
    subprocess.run(command("cp deploy/.env.example"), shell=True, cwd=tmp_path, check=True)
    given = tmp_path / "deploy/.env"
    names = [line[:-1] for line in given.read_text().splitlines() if line.endswith("=")]
    assert missing is None or missing in names
    given.write_text("\n".join(f"{name}={'' if name == missing else 'mine'}" for name in names))
    # No image can be pulled for `up`: the server tests run the services as processes.
    line = command("docker compose").replace("docker compose", "docker-compose")
    line = line.replace("up --detach --wait", "config --quiet")
    done = subprocess.run(
        line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == (missing is None), done.stderr
    assert missing is None or "set it in deploy/.env" in done.stderr
