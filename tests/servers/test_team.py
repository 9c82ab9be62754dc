"""A team's server: who may write does all, who may not changes nothing."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
import requests
from sklearn.datasets import load_diabetes

from tests.pipeline.conftest import Workplace

from .team import Team

pytestmark = pytest.mark.servers
SMALL = ("--models", "elasticnet,rf", "--tune_model", "elasticnet", "--trials", "2")


@dataclass(frozen=True)
class Member(Workplace):
    """Somebody with an account, working in the team's experiment."""

    team: Team
    account: dict[str, str]

    @property
    def uri(self) -> str:
        return self.team.uri

    def environment(self) -> dict[str, str]:
        return super().environment() | self.account | {"MLFLOW_EXPERIMENT_NAME": "churn"}


@pytest.fixture(scope="module")
def writer(team: Team, tmp_path_factory: pytest.TempPathFactory) -> Member:
    """A member whose main made the experiment and a champion."""
    member = Member(tmp_path_factory.mktemp("writer"), team, team.add_user("writer"))
    done = member.step("main", *SMALL)
    assert done.returncode == 0, done.stderr
    return member


@pytest.fixture
def as_writer(writer: Member, monkeypatch: pytest.MonkeyPatch) -> Member:
    """The writer, whom this process is logged in as."""
    log_in(monkeypatch, writer)
    return writer


def log_in(monkeypatch: pytest.MonkeyPatch, member: Member) -> None:
    for name, value in member.account.items():
        monkeypatch.setenv(name, value)
    mlflow.set_tracking_uri(member.uri)


def state(member: Member) -> tuple[int, int, dict[str, str]]:
    """How many runs and versions there are, and where the aliases are."""
    experiment = member.client.get_experiment_by_name("churn").experiment_id
    model = member.client.get_registered_model("reprise")
    versions = member.client.search_model_versions("name = 'reprise'")
    return len(member.client.search_runs([experiment])), len(versions), model.aliases


def test_a_main_is_complete_and_its_artifacts_are_in_s3(as_writer):
    main = as_writer.runs("main")[0]
    children = as_writer.children(main)
    steps = {"prepare", "train_elasticnet", "train_rf", "tune", "ensemble", "register"}
    assert set(children) == steps
    assert {run.info.status for run in [main, *children.values()]} == {"FINISHED"}
    assert main.info.artifact_uri.startswith("mlflow-artifacts:")
    stored = [path.name for path in (as_writer.team.folder / "data/mlflow").rglob("*")]
    assert {"report.html", "train.parquet", "MLmodel"} <= set(stored)


def test_the_same_main_again_comes_from_the_cache(as_writer):
    done = as_writer.step("main", *SMALL)
    assert done.returncode == 0, done.stderr
    for child in as_writer.children(as_writer.runs("main")[0]).values():
        assert "reprise.cached_from" in child.data.tags


def test_the_champion_is_reproduced_from_its_raw_table(as_writer):
    done = as_writer.step("reproduce", "--of", "models:/reprise@champion")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "IDENTICAL" in done.stdout


def test_who_may_not_write_changes_nothing_and_is_told_why_in_one_line(
    writer, tmp_path, monkeypatch
):
    account = writer.team.add_user("reader")
    reader = Member(tmp_path, writer.team, account)
    log_in(monkeypatch, reader)
    before = state(reader)
    refused = reader.step("main", *SMALL, "--cache", "refresh")
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert line.startswith("error: you must be allowed to write to this experiment")
    assert "'reader'" in line
    assert account["MLFLOW_TRACKING_PASSWORD"] not in line
    trained = writer_runs(reader, "train_elasticnet")
    table = writer_runs(reader, "prepare")
    refused = reader.step(
        "register",
        "--candidates",
        trained,
        "--table",
        f"runs:/{table}/table",
        "--promote",
        "always",
    )
    assert refused.returncode == 1
    assert state(reader) == before


def writer_runs(member: Member, entry_point: str) -> str:
    run_id: str = member.runs(entry_point)[-1].info.run_id
    return run_id


def test_who_is_granted_edit_may_write(as_writer, tmp_path):
    colleague = Member(tmp_path, as_writer.team, as_writer.team.add_user("colleague"))
    assert colleague.step("prepare").returncode == 1
    experiment = as_writer.client.get_experiment_by_name("churn").experiment_id
    answer = requests.post(
        f"{as_writer.uri}/api/3.0/mlflow/users/permissions/grant",
        auth=tuple(as_writer.account.values()),
        timeout=30,
        json={
            "username": "colleague",
            "resource_type": "experiment",
            "resource_id": experiment,
            "permission": "EDIT",
        },
    )
    assert answer.ok, answer.text
    done = colleague.step("prepare")
    assert done.returncode == 0, done.stderr


def test_who_may_not_write_may_read_the_champion(writer, tmp_path, monkeypatch):
    log_in(monkeypatch, Member(tmp_path, writer.team, writer.team.add_user("guest")))
    champion = mlflow.pyfunc.load_model("models:/reprise@champion")
    assert len(champion.predict(load_diabetes(as_frame=True).data.head(3))) == 3


def test_nobody_without_an_account_sees_anything(team):
    mlflow.set_tracking_uri(team.uri)
    with pytest.raises(mlflow.MlflowException, match="not authenticated"):
        mlflow.MlflowClient().search_experiments()


def test_a_password_in_the_tracking_uri_is_nowhere_afterwards(writer, tmp_path):
    account = writer.account
    password = account["MLFLOW_TRACKING_PASSWORD"]
    uri = writer.uri.replace("://", f"://{account['MLFLOW_TRACKING_USERNAME']}:{password}@")
    environment = Workplace(tmp_path).environment() | {
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_EXPERIMENT_NAME": "churn",
    }
    done = subprocess.run(
        [sys.executable, "-m", "steps.main", *SMALL, "--seed", "7"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert password not in done.stdout + done.stderr
    assert_nowhere(password, writer.team.folder / "data")
    dump = subprocess.run(
        [max(Path("/usr/lib/postgresql").glob("*/bin")) / "pg_dump", "mlflow"],
        env=writer.team.database,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(dump.stdout) > 100_000
    assert password not in dump.stdout


def assert_nowhere(secret: str, folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert secret.encode() not in path.read_bytes(), path
