"""The project runs in environments that mlflow builds from the lock, and gives the same digests."""

import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
OUTPUT = "reprise.digest.table"


def run_project(uri: str, manager: str, root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "mlflow", "run", uri, "--env-manager", manager, "-e", "prepare"],
        env=os.environ | {"MLFLOW_ENV_ROOT": str(root), "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def latest() -> mlflow.entities.Run:
    (run,) = mlflow.search_runs(output_format="list", max_results=1)
    return run


@pytest.mark.env_manager
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("project", "manager"),
    [(".", "uv"), ("envs/conda", "uv"), (".", "virtualenv")],
    ids=["uv", "conda under uv", "virtualenv"],
)
def test_an_environment_built_from_the_lock_gives_the_digests_of_this_one(
    project, manager, tmp_path
):
    here = run_project(str(ROOT), "local", tmp_path / "none")
    assert here.returncode == 0, here.stderr
    expected = latest().data.tags[OUTPUT]
    there = run_project(str(ROOT / project), manager, tmp_path / "environments")
    assert there.returncode == 0, there.stderr
    assert list((tmp_path / "environments").rglob("bin/activate"))
    run = latest()
    assert run.data.tags["mlflow.project.env"] == manager
    assert run.data.tags[OUTPUT] == expected


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
    assert len(runs) == 8
    assert str(champion.version) == "1"
    status = ["git", "-C", clone, "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, text=True, check=True).stdout == ""


def test_bootstrap_refuses_a_wheel_whose_hash_the_lock_does_not_name(tmp_path, monkeypatch):
    import bootstrap

    lock = tmp_path / "requirements.txt"
    text = (ROOT / "requirements.txt").read_text()
    version, hashes = bootstrap.pinned_uv(text)
    assert version
    assert all(len(value) == 64 for value in hashes)
    for value in hashes:
        text = text.replace(value, "0" * 64)
    lock.write_text(text)
    monkeypatch.setattr(bootstrap, "LOCK", lock)
    monkeypatch.setattr(bootstrap.urllib.request, "urlopen", index_with(version))
    with pytest.raises(SystemExit, match="does not have a hash"):
        bootstrap.fetch_uv(tmp_path)


def index_with(version: str):
    """A stand-in for the network: an index that lists one wheel for any machine, and that wheel."""
    import io
    import platform

    machine = platform.machine().lower().replace("arm64", "aarch64")
    library = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    wheel = f"uv-{version}-py3-none-{library}_{machine}.whl"

    def urlopen(request: object, timeout: float) -> io.BytesIO:
        if isinstance(request, str):
            return io.BytesIO(b"not the wheel of the lock")
        return io.BytesIO(f'<a href="https://files.test/{wheel}">{wheel}</a>'.encode())

    return urlopen
