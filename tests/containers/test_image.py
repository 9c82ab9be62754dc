"""What is in the image, and what is not."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from .engine import IMAGE, ROOT, build, docker

pytestmark = pytest.mark.containers
SECRET = "s3cr3t-of-the-builder"


@pytest.fixture(scope="module")
def built(image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image again, of a clone with uncommitted code among stores, environments and secrets."""
    clone = tmp_path_factory.mktemp("build") / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    for name in (
        ".env",
        "deploy/.env",
        "envs/.env",
        "mlflow.db",
        "mlruns/0/secret.txt",
        ".venv/secret.txt",
        "steps/__pycache__/secret.pyc",
        ".netrc",
    ):
        path = clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"MLFLOW_TRACKING_PASSWORD={SECRET}\n")
    (clone / "steps/further.py").write_text("# new\n")
    url = f"https://me:{SECRET}@example.org/reprise.git"
    subprocess.run(["git", "-C", clone, "remote", "set-url", "origin", url], check=True)
    build(clone, "reprise-scanned")
    return clone


def facts(name: str) -> dict:
    (found,) = json.loads(docker("image", "inspect", name))
    return found


def test_labels_name_the_commit_and_the_lock(built):
    labels = facts("reprise-scanned")["Config"]["Labels"]
    command = ["git", "-C", str(built), "rev-parse", "HEAD"]
    head = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert labels["org.opencontainers.image.revision"] == f"{head}-dirty"
    assert labels["org.opencontainers.image.source"] == "https://example.org/reprise.git"
    lock = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
    assert labels["reprise.lock"] == lock


def test_a_run_in_the_image_of_uncommitted_code_keeps_the_difference(built, tmp_path):
    tmp_path.chmod(0o777)
    program = (
        "from reprise.provenance.source import read_source; source = read_source();"
        "print(source.dirty, source.changed, source.repository); print(source.diff)"
    )
    said = docker("run", "--rm", "reprise-scanned", "python", "-c", program)
    assert "True ('steps/further.py',) https://example.org/reprise.git" in said
    assert "+# new" in said


def test_no_secret_repository_store_or_environment_is_in_a_layer_or_its_history(built):
    assert SECRET not in docker("history", "--no-trunc", "reprise-scanned")
    assert SECRET not in json.dumps(facts("reprise-scanned"))
    searched = docker(
        "run",
        "--rm",
        "--user=0",
        "reprise-scanned",
        "sh",
        "-c",
        f"grep -rlF {SECRET} /mlflow /home /root /opt/reprise/bin /tmp /etc /build 2>/dev/null;"
        "find / -xdev \\( -name .git -o -name .env -o -name .netrc -o -name mlflow.db"
        " -o -name mlruns -o -name .venv \\)",
    )
    assert searched == ""
    code = docker("run", "--rm", "reprise-scanned", "ls", "-A", "/mlflow/projects/code").split()
    assert {"MLproject", "reprise", "steps", "requirements.txt", "source.json"} <= set(code)
    assert not {"tests", "bench", "deploy", "README.md"} & set(code)


def test_the_history_of_the_image_has_every_layer_of_the_scanned_one_but_the_code(built):
    mine, scanned = (facts(name)["RootFS"]["Layers"] for name in (IMAGE, "reprise-scanned"))
    assert len(mine) == len(scanned)
    assert [left == right for left, right in zip(mine, scanned, strict=True)].count(False) == 1


def test_processes_are_not_roots_and_cannot_change_the_code(built):
    assert facts(IMAGE)["Config"]["User"] == "10001:10001"
    said = docker(
        "run",
        "--rm",
        IMAGE,
        "sh",
        "-c",
        "for process in /proc/[0-9]*; do stat -c %u $process; done;"
        "touch /mlflow/projects/code/x /opt/reprise/x 2>/dev/null || echo refused",
    )
    *users, refused = said.split()
    assert set(users) == {"10001"}
    assert refused == "refused"


def test_no_compiler_is_left_and_every_package_is_the_locks(built):
    program = (
        "import shutil, sys; from reprise.provenance.environment import read_lock;"
        "from reprise.provenance.installed import installed_differences;"
        "print([name for name in ('gcc', 'cc', 'make', 'ld') if shutil.which(name)],"
        "installed_differences(read_lock().decode()))"
    )
    assert docker("run", "--rm", IMAGE, "python", "-c", program).strip() == "[] ()"
