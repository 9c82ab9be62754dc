"""envs/docker with the store that MLflow makes by itself: nothing is lost, nothing is root's."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from sklearn.datasets import load_diabetes

from .caller import Caller
from .engine import IMAGE, ROOT

pytestmark = [pytest.mark.containers, pytest.mark.usefixtures("image")]
SMALL = ("-P", "models=elasticnet,rf", "-P", "tune_model=none")


@pytest.fixture(scope="module")
def git_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The project, served by git daemon."""
    folder = tmp_path_factory.mktemp("git")
    command = ["git", "clone", "--quiet", "--bare", ROOT, folder / "reprise.git"]
    subprocess.run(command, check=True)
    port = "9419"
    daemon = subprocess.Popen(
        [
            "git",
            "daemon",
            f"--base-path={folder}",
            "--export-all",
            "--reuseaddr",
            "--listen=127.0.0.1",
            f"--port={port}",
        ],
        start_new_session=True,
    )
    url = f"git://127.0.0.1:{port}/reprise.git"
    while subprocess.run(["git", "ls-remote", url], capture_output=True, check=False).returncode:
        assert daemon.poll() is None
        time.sleep(0.1)
    yield url
    os.killpg(daemon.pid, 15)
    daemon.wait()


@pytest.fixture(scope="module")
def done(image: str, git_url: str, tmp_path_factory: pytest.TempPathFactory) -> Caller:
    """A caller whose first main, of all families, ran in a container; the second ran here."""
    caller = Caller.at(tmp_path_factory.mktemp("default") / "caller")
    caller.mlflow_run(f"{git_url}#envs/docker", "-P", "trials=3")
    caller.here("-P", "trials=3", "-P", "cache=refresh")
    return caller


def test_a_main_from_a_git_url_gives_in_a_container_what_it_gives_here(done):
    here, inside = done.runs("main")
    assert inside.data.tags["mlflow.project.env"] == "docker"
    assert {run.info.status for run in done.children(inside).values()} == {"FINISHED"}
    found = done.results(inside)
    assert len(found) > 40
    assert found == done.results(here)


def test_whatever_a_container_leaves_belongs_to_the_caller(done):
    left = [done.folder, *done.folder.rglob("*")]
    assert len(left) > 100
    assert {path.lstat().st_uid for path in left} == {done.uid}


def test_models_and_artifacts_of_a_container_are_there_after_it(done):
    mlflow.set_tracking_uri(done.uri)
    rows = load_diabetes(as_frame=True).data.head(3)
    model = mlflow.pyfunc.load_model("models:/reprise/1")
    assert len(model.predict(rows)) == 3
    inside = done.runs("main")[1]
    assert "<html" in mlflow.artifacts.load_text(f"runs:/{inside.info.run_id}/report.html")
    assert not docker_containers()


def docker_containers() -> str:
    command = ["docker", "ps", "--all", "--quiet", "--filter", f"ancestor={IMAGE}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_an_image_names_the_commit_that_it_was_built_from(done):
    prepared = done.children(done.runs("main")[1])["prepare"]
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    head = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert prepared.data.tags["mlflow.source.git.commit"] == head


def test_a_main_of_a_container_is_reproduced_here(done):
    inside = done.runs("main")[1]
    said = done.here("-e", "reproduce", "-P", f"of={inside.info.run_id}")
    assert "IDENTICAL" in said.stdout


def test_a_main_of_this_environment_is_reproduced_in_a_container(done):
    network = done.children(done.runs("main")[0])["train_nn"]
    said = done.in_container("-e", "reproduce", "-P", f"of={network.info.run_id}")
    assert "IDENTICAL" in said.stdout
    reproduced = done.runs("train_nn")[0]
    assert Path(reproduced.info.artifact_uri.removeprefix("file://")).is_dir()


def test_each_step_runs_alone_in_a_container_and_reads_the_callers_files(caller):
    load_diabetes(as_frame=True).frame.to_csv(caller.folder / "table.csv", index=False)
    caller.in_container("-e", "prepare", "-P", "data=table.csv")
    table = f"table=runs:/{caller.runs('prepare')[0].info.run_id}/table"
    caller.in_container("-e", "train_elasticnet", "-P", table)
    trained = caller.runs("train_elasticnet")[0].info.run_id
    caller.in_container("-e", "register", "-P", table, "-P", f"candidates={trained}")
    champion = caller.client.get_model_version_by_alias("reprise", "champion")
    assert champion.tags["reprise.run"] == trained


def test_steps_started_by_mlflow_run_stay_in_the_container_of_main(caller):
    caller.in_container(
        "-P", "models=elasticnet", "-P", "tune_model=none", "-P", "execution=mlflow-run"
    )
    children = caller.children(caller.runs("main")[0])
    assert {run.info.status for run in children.values()} == {"FINISHED"}


@pytest.mark.parametrize("store", ["sqlite:///mlflow.db", "sqlite:////mlflow/tmp/mlruns"])
def test_without_the_mounts_nothing_is_done_and_the_command_to_use_is_said(store, caller):
    run = [
        "docker",
        "run",
        "--rm",
        "--user",
        f"{caller.uid}:{caller.uid}",
        "--env",
        f"MLFLOW_TRACKING_URI={store}",
    ]
    stopped = caller.call(*run, IMAGE, "python", "-m", "steps.main")
    assert stopped.returncode == 1
    (line,) = stopped.stderr.splitlines()
    assert line.startswith("error: the tracking store must outlive the container, got ")
    assert "mlflow run envs/docker" in line


def test_a_database_without_the_folder_of_its_artifacts_is_not_enough(caller):
    caller.here("-e", "prepare")
    before = len(caller.runs("prepare"))
    elsewhere = caller.folder / "elsewhere"
    elsewhere.mkdir()
    (caller.folder / "mlflow.db").rename(elsewhere / "mlflow.db")
    stopped = caller.call(
        "docker",
        "run",
        "--rm",
        "--volume",
        f"{elsewhere}:{elsewhere}",
        "--user",
        "0:0",
        "--env",
        f"MLFLOW_TRACKING_URI=sqlite:///{elsewhere}/mlflow.db",
        IMAGE,
        "python",
        "-m",
        "steps.prepare",
    )
    assert stopped.returncode == 1
    assert "the artifact root must outlive the container" in stopped.stderr
    (elsewhere / "mlflow.db").rename(caller.folder / "mlflow.db")
    assert len(caller.runs("prepare")) == before


def test_a_relative_store_is_refused_before_docker_is_started(caller):
    relative = Caller(caller.folder, "sqlite:///mlflow.db")
    stopped = relative.call("mlflow", "run", f"{ROOT}/envs/docker", "-e", "prepare")
    assert stopped.returncode == 1
    assert f"MLFLOW_TRACKING_URI=sqlite:///{caller.folder}/mlflow.db mlflow run" in stopped.stderr
    (run,) = caller.runs("prepare")
    assert run.info.status == "FAILED"
    assert not Path("/mlflow.db").exists()


def training(caller: Caller) -> subprocess.Popen[str]:
    """`mlflow run envs/docker` whose main has begun to train."""
    # Ctrl-C must reach it even where the tests were started in the background.
    default = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*caller.as_owner(), "mlflow", "run", f"{ROOT}/envs/docker", *SMALL],
        cwd=caller.folder,
        env=caller.environment(),
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    signal.signal(signal.SIGINT, default)
    for line in process.stdout:
        if "train_elasticnet: started" in line:
            return process
    raise AssertionError(f"mlflow run ended with {process.wait()}")


def test_stopping_mlflow_run_stops_the_container(caller):
    process = training(caller)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    deadline = time.monotonic() + 20
    while docker_containers():
        assert time.monotonic() < deadline, "the container outlives mlflow run"
        time.sleep(0.2)
    ended = {run.info.status for run in caller.children(caller.runs("main")[0]).values()}
    assert "RUNNING" not in ended


def test_what_a_killed_container_left_running_is_marked_killed_by_the_next_main(caller):
    process = training(caller)
    subprocess.run(["docker", "kill", *docker_containers().split()], check=True)
    process.communicate(timeout=60)
    left = caller.children(caller.runs("main")[0])
    assert left["train_elasticnet"].info.status == "RUNNING"
    caller.in_container(*SMALL)
    again = caller.client.get_run(left["train_elasticnet"].info.run_id)
    assert again.info.status == "KILLED"
    assert again.data.tags["reprise.error"].endswith("died")
    children = caller.children(caller.runs("main")[0])
    assert {run.info.status for run in children.values()} == {"FINISHED"}
    assert "reprise.cached_from" in children["prepare"].data.tags
