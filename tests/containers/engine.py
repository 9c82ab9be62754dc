"""A docker engine, the base image and the project's image: real ones, made where they are missing.

Fixtures to import into a conftest; each is made once a session.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .readme import ROOT, command

BASE = "python:3.11-slim-bookworm"
IMAGE = "reprise"
_PACKAGES = "python3,python3-venv,git,ca-certificates"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def docker(*arguments: str | Path) -> str:
    """Run docker; return what it prints."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {arguments[0]}: {done.stdout[-3000:]}{done.stderr}"
    return done.stdout


def answers() -> bool:
    """Whether an engine is there."""
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A docker engine: the one that runs, else one of our own until the session ends."""
    if answers():
        yield
        return
    log = tmp_path_factory.mktemp("engine") / "dockerd.log"
    with log.open("wb") as file:
        daemon = subprocess.Popen(["dockerd"], stdout=file, stderr=file)
    deadline = time.monotonic() + 60
    while not answers():
        assert daemon.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.5)
    yield
    daemon.terminate()
    daemon.wait(timeout=60)


@pytest.fixture(scope="session")
def base_image(engine: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The official base image; where no registry has it, Debian's Python under its name."""
    if docker("images", "--quiet", BASE):
        return BASE
    if subprocess.run(["docker", "pull", BASE], capture_output=True, check=False).returncode:
        _import_stand_in(tmp_path_factory.mktemp("base") / "root")
    return BASE


def _import_stand_in(root: Path) -> None:
    """The same release of Debian with its own Python 3.11, and this machine's certificates."""
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", root],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.copy(_CERTIFICATES, root / _CERTIFICATES[1:])
    for folder in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(root / folder)
    with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as packed:
        certificates = f"ENV SSL_CERT_FILE={_CERTIFICATES}"
        command = ["docker", "import", "--change", certificates, "-", BASE]
        subprocess.run(command, stdin=packed.stdout, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(root)


def build(root: Path, name: str) -> None:
    """`make image` of the project at `root`, by the legacy builder."""
    done = subprocess.run(
        [*command("make image").split(), f"IMAGE={name}"],
        cwd=root,
        env=os.environ | {"DOCKER_BUILDKIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


@pytest.fixture(scope="session")
def image(base_image: str) -> str:
    """The image that envs/docker/MLproject names, of the code as it is here."""
    build(ROOT, IMAGE)
    return IMAGE
