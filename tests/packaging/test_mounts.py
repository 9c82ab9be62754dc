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
    experiment = mlflow.create_experiment("mine", f"{tmp_path}/elsewhere/mine")
    run: str = mlflow.MlflowClient().create_run(experiment).info.run_id
    return run


def words(
    uri: str, run_id: str = "none", command: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME")}
    given = {"MLFLOW_TRACKING_URI": uri, "MLFLOW_RUN_ID": run_id}
    return subprocess.run(
        [sys.executable, mounts.__file__, str(os.getpid()), command],
        env=kept | given | variables,
        capture_output=True,
        text=True,
        check=False,
    )


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
    assert (tmp_path / f"elsewhere/mine/{run_id}/artifacts").stat().st_uid == os.getuid()


def test_artifacts_that_lie_apart_from_the_database_are_mounted_too(own_store, tmp_path, run_id):
    apart = tmp_path / "apart"
    apart.mkdir()
    (tmp_path / "mlflow.db").rename(apart / "mlflow.db")
    said = words(f"sqlite:///{apart}/mlflow.db", run_id)
    root = tmp_path / "elsewhere/mine"
    assert options(said.stdout)["--volume"] == [f"{apart}:{apart}", f"{root}:{root}"]


@pytest.mark.parametrize(
    ("location", "experiment", "root"),
    [
        ("/srv/art", "7", "/srv/art"),
        ("/art", "7", "/art"),
        ("/7", "7", "/7"),
        ("/srv/art/7", "7", "/srv/art"),
        ("/srv/art/prices", "7", "/srv/art/prices"),
    ],
)
def test_no_more_than_the_artifacts_is_mounted(location, experiment, root):
    assert mounts._artifact_root(Path(location), experiment) == Path(root)


@pytest.mark.parametrize("above", [".", ".."])
def test_a_home_is_not_mounted_unless_its_owner_says_so(own_store, tmp_path, run_id, above):
    home = tmp_path / "home" if above == ".." else tmp_path
    home.mkdir(exist_ok=True)
    said = words(own_store, run_id, HOME=str(home))
    assert (said.returncode, said.stdout) == (1, "")
    assert "start it from another folder" in said.stderr
    by_hand = f"docker run --rm --volume {tmp_path}:{tmp_path} -e MLFLOW_TRACKING_URI=$(x)"
    assert words(own_store, run_id, by_hand, HOME=str(home)).returncode == 0


def test_what_the_caller_gives_by_hand_is_not_given_again():
    by_hand = "docker run --rm --network host -u 7 --env USER=ann -v /d:/d -e MLFLOW_TRACKING_URI="
    found = options(words("http://localhost:5000", "none", by_hand, USER="me").stdout)
    assert not {"--network", "--user", "--env"} & set(found)


def test_bash_hands_the_callers_options_to_the_words(tmp_path):
    """What MLflow makes of -A, run by bash as MLflow does: docker is a stand-in that prints."""
    from unittest.mock import Mock

    from mlflow.projects._project_spec import load_project
    from mlflow.projects.backend.local import _get_docker_command

    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\necho "$@"\n')
    docker.chmod(0o755)
    project = load_project(str(Path(mounts.__file__).parent))
    run = Mock(info=Mock(run_id="r", experiment_id="0", artifact_uri="mlflow-artifacts:/0/r"))
    image = Mock(tags=["reprise"])
    for given, times in (({}, 1), ({"network": "host"}, 1), ({"net": "none"}, 0)):
        mlflow.set_tracking_uri("http://localhost:5000")
        command = _get_docker_command(
            image, run, given, user_env_vars=project.docker_env["environment"]
        )
        done = subprocess.run(
            ["bash", "-c", " ".join(command)],
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
            | {"MLFLOW_TRACKING_URI": "http://localhost:5000", "MLFLOW_RUN_ID": "r"},
            cwd=Path(mounts.__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.count("--network host") == times, done.stdout + done.stderr


def test_credentials_go_by_name_and_threads_are_as_many_as_outside():
    said = words(
        "http://mlflow.invalid:5000", MLFLOW_TRACKING_PASSWORD="s3cr3t", OPENBLAS_NUM_THREADS="1"
    )
    assert "s3cr3t" not in said.stdout
    assert set(options(said.stdout)["--env"]) == {
        "MLFLOW_TRACKING_PASSWORD",
        "OPENBLAS_NUM_THREADS",
    }


@pytest.mark.parametrize(
    ("host", "shared"), [("localhost", True), ("127.0.0.1", True), ("mlflow.invalid", False)]
)
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


def test_a_signing_key_is_no_part_of_what_a_container_sees(own_store, tmp_path, run_id):
    key = tmp_path / "team.key"
    said = words(own_store, run_id, REPRISE_SIGNING_KEY=str(key))
    assert said.returncode == 1
    assert "REPRISE_SIGNING_KEY must name a file outside the store" in said.stderr
    said = words(own_store, run_id, REPRISE_SIGNING_KEY=f"{tmp_path.parent}/team.key")
    assert said.returncode == 0
    assert "REPRISE_SIGNING_KEY" not in said.stdout
