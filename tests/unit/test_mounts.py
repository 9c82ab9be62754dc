"""What the host adds to `docker run`: the store, the user, and secrets by name."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

from envs.docker import mounts


@pytest.fixture
def run_id(tmp_path: Path) -> str:
    experiment = mlflow.create_experiment("mine", f"{tmp_path}/elsewhere/7")
    run: str = mlflow.MlflowClient().create_run(experiment).info.run_id
    return run


def words(uri: str, run_id: str = "none", **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME")}
    given = {"MLFLOW_TRACKING_URI": uri, "MLFLOW_RUN_ID": run_id}
    return subprocess.run(
        [sys.executable, mounts.__file__, str(os.getpid())], env=kept | given | variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def options(text: str) -> dict[str, list[str]]:
    _, *rest = shlex.split(text)
    found: dict[str, list[str]] = {}
    for name, value in zip(rest[::2], rest[1::2], strict=True):
        found.setdefault(name, []).append(value)
    return found


def test_a_local_store_is_mounted_where_it_is_for_the_caller(own_store, tmp_path, run_id):
    said = words(own_store, run_id)
    assert said.stdout.split()[0] == own_store
    assert options(said.stdout) == {
        "--user": [f"{os.getuid()}:{os.getgid()}"],
        "--workdir": [str(tmp_path)],
        "--volume": [f"{tmp_path}:{tmp_path}"],
    }
    assert (tmp_path / f"elsewhere/7/{run_id}/artifacts").stat().st_uid == os.getuid()


def test_artifacts_that_lie_apart_from_the_database_are_mounted_too(own_store, tmp_path, run_id):
    apart = tmp_path / "apart"
    apart.mkdir()
    (tmp_path / "mlflow.db").rename(apart / "mlflow.db")
    said = words(f"sqlite:///{apart}/mlflow.db", run_id)
    root = tmp_path / "elsewhere"
    assert options(said.stdout)["--volume"] == [f"{apart}:{apart}", f"{root}:{root}"]


def test_credentials_go_by_name_and_last_bits_are_decided_as_outside():
    said = words("http://mlflow.invalid:5000", MLFLOW_TRACKING_PASSWORD="s3cr3t",
                 OPENBLAS_CORETYPE="Haswell")  # fmt: skip
    assert "s3cr3t" not in said.stdout
    assert set(options(said.stdout)["--env"]) == {"MLFLOW_TRACKING_PASSWORD", "OPENBLAS_CORETYPE"}


@pytest.mark.parametrize(("host", "shared"), [("localhost", True), ("127.0.0.1", True),
                                              ("mlflow.invalid", False)])  # fmt: skip
def test_a_server_of_this_machine_is_reached_by_the_names_of_this_machine(host, shared):
    said = words(f"http://{host}:5000")
    assert ("--network host" in said.stdout) == shared


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sqlite:///mlflow.db", "by its full path, got 'mlflow.db'"),
        ("sqlite:////my runs/mlflow.db", "without spaces"),
        ("http://me:s3cr3t@example.org", "must not hold a user or password"),
        ("http://t0ken@example.org", "must not hold a user or password"),
        ("postgresql://me:s3cr3t@example.org/mlflow", "must not hold a user or password"),
    ],
)
def test_what_cannot_be_handed_on_is_refused_in_one_line(uri, expected):
    said = words(uri)
    assert said.returncode == 1
    assert said.stdout == ""
    (line,) = said.stderr.splitlines()
    assert line.startswith("error: ")
    assert expected in line
    assert "s3cr3t" not in line
    assert "t0ken" not in line
