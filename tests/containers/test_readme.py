"""docs/deployment.md on containers: each section fits a screen, and what it says to type works."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from sklearn.datasets import load_diabetes

from .caller import Caller
from .readme import KNOWN, ROOT, command, lines, sections

SCREEN = 50


def test_each_section_fits_a_screen_and_every_command_is_run_by_a_test():
    assert max(len(section.splitlines()) for section in sections()) <= SCREEN
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
@pytest.mark.parametrize(
    "missing",
    [
        "POSTGRES_PASSWORD",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "MLFLOW_ADMIN",
        "MLFLOW_ADMIN_PASSWORD",
        "MLFLOW_SECRET_KEY",
        None,
    ],
)
def test_compose_starts_nothing_without_every_secret(missing: str | None, tmp_path: Path):
    filled(tmp_path, {}, missing)
    done = compose(command("docker compose --file deploy/compose.yaml up"), tmp_path)
    assert (done.returncode == 0) == (missing is None), done.stderr
    assert missing is None or "set it in deploy/.env" in done.stderr


@pytest.mark.servers
@pytest.mark.parametrize("given", [True, False])
def test_compose_with_tls_is_one_file_and_one_folder_more(given: bool, tmp_path: Path):
    filled(tmp_path, {"TLS_FOLDER": "/etc/mlflow-tls"} if given else {})
    line = command("docker compose --file deploy/compose.yaml --file deploy/compose.tls.yaml")
    done = compose(line, tmp_path, "")
    assert (done.returncode == 0) == given, done.stderr
    if given:
        server = yaml.safe_load(done.stdout)["services"]["mlflow"]
        assert any("/etc/mlflow-tls:/tls" in str(each) for each in server["volumes"])
        assert "127.0.0.1:5000:5000" in str(server["ports"][0])
        assert server["ports"][1:] == [{"published": 443, "target": 5000}]
    else:
        assert "TLS_FOLDER" in done.stderr


def filled(folder: Path, more: dict[str, str], missing: str | None = None) -> None:
    """deploy/ in a folder, and its .env with everything but what is missing."""
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns(".env"))
    subprocess.run(command("cp deploy/.env.example"), shell=True, cwd=folder, check=True)
    given = folder / "deploy/.env"
    names = [line[:-1] for line in given.read_text().splitlines() if line.endswith("=")]
    assert missing is None or missing in names
    values = {name: "" if name == missing else "mine" for name in names} | more
    given.write_text("\n".join(f"{name}={value}" for name, value in values.items()))


def compose(line: str, folder: Path, quiet: str = "--quiet") -> subprocess.CompletedProcess[str]:
    """What compose thinks of the files in a command.

    No image can be pulled for `up`: the server tests run the services as processes.
    """
    line = line.replace("docker compose", "docker-compose")
    line = line.replace("up --detach --wait", f"config {quiet}")
    return subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, check=False)
