"""The one script that runs before there is an environment."""

import io
import os
import platform
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

import bootstrap
from reprise.runtime.paths import ROOT


def test_it_refuses_a_wheel_whose_hash_the_lock_does_not_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def index_with(version: str) -> Callable[..., io.BytesIO]:
    """A stand-in for the network: an index that lists one wheel for any machine, and that wheel."""
    machine = platform.machine().lower().replace("arm64", "aarch64")
    library = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    wheel = f"uv-{version}-py3-none-{library}_{machine}.whl"

    def urlopen(request: urllib.request.Request, timeout: float) -> io.BytesIO:
        if request.full_url.endswith(".whl"):
            return io.BytesIO(b"not the wheel of the lock")
        return io.BytesIO(f'<a href="https://files.test/{wheel}">{wheel}</a>'.encode())

    return urlopen


def build(target: str | Path, folder: Path, **variables: str) -> tuple[int, list[str]]:
    """What `python3 bootstrap.py` in `folder` ends with and says, with an index that is not."""
    done = subprocess.run(
        [sys.executable, ROOT / "bootstrap.py", target],
        cwd=folder,
        env={**os.environ, "PIP_INDEX_URL": "http://u:secret@127.0.0.1:9/simple", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.mark.parametrize("target", [".", "notes.txt", "work"])
def test_it_replaces_nothing_but_an_environment(target: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "notes.txt").write_text("mine")
    status, (line,) = build(target, tmp_path)
    assert status == 1
    assert line == f"error: {target} must be an environment, or empty, to be replaced: name another"
    assert (tmp_path / "notes.txt").exists()
    assert (tmp_path / "work" / "notes.txt").exists()


@pytest.mark.parametrize("kind", ["missing", "empty", "environment"])
def test_an_index_that_does_not_answer_is_one_line_and_nothing_is_lost(
    kind: str, tmp_path: Path
) -> None:
    target = tmp_path / "environment"
    if kind != "missing":
        target.mkdir()
    if kind == "environment":
        (target / "pyvenv.cfg").touch()
    status, (line,) = build(target, tmp_path)
    assert status == 1
    assert line.startswith("error: cannot read http://127.0.0.1:9/simple/uv/: ")
    assert line.endswith("; PIP_INDEX_URL may name another index")
    assert (target / "pyvenv.cfg").exists() == (kind == "environment")


def test_an_index_that_is_named_by_nothing_is_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setenv("PIP_INDEX_URL", "")

    def urlopen(request: urllib.request.Request, timeout: float) -> io.BytesIO:
        asked.append(request.full_url)
        return io.BytesIO(b"")

    monkeypatch.setattr(bootstrap.urllib.request, "urlopen", urlopen)
    with pytest.raises(SystemExit, match="install uv by hand"):
        bootstrap.fetch_uv(tmp_path)
    assert asked == ["https://pypi.org/simple/uv/"]
