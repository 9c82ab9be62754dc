"""The packages of a recorded lock: the present ones, or built, or said to be out of reach."""

import hashlib
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.provenance.environment import lock_digest, read_lock
from reprise.reproduction import interpreter as environment
from reprise.reproduction.interpreter import interpreter_of

MINOR = ".".join(platform.python_version_tuple()[:2])


@dataclass(frozen=True)
class Run:
    """What `interpreter_of` reads of a recorded run."""

    lock: str | None
    lock_digest: str | None
    identity: dict = field(default_factory=lambda: {"python": MINOR})
    environment: dict = field(default_factory=dict)
    entry_point: str = "train_rf"
    id: str = "0" * 32


def run_with(lock: str) -> Run:
    return Run(lock, hashlib.sha256(lock.encode()).hexdigest())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "reprise" / "environments"


def test_the_present_lock_needs_nothing_to_be_built(cache):
    found = interpreter_of(Run(read_lock().decode(), lock_digest()))
    assert found.is_present
    assert found.python == Path(sys.executable)
    assert not cache.exists()


def test_another_lock_is_built_once_and_kept(cache):
    run = run_with("# nothing is needed\n")
    found = interpreter_of(run)
    assert not found.is_present
    assert "the present lock is another" in found.origin
    said = subprocess.check_output([found.python, "-c", "import sys; print(sys.version_info[:2])"])
    assert said.decode().strip() == str(sys.version_info[:2])
    built = found.python.lstat().st_mtime_ns
    assert interpreter_of(run).python.lstat().st_mtime_ns == built
    assert found.python.is_relative_to(cache)


def test_a_lock_that_cannot_be_built_is_an_error_in_one_line(monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    with pytest.raises(RepriseError) as error:
        interpreter_of(run_with(f"click==0.1 \\\n    --hash=sha256:{'0' * 64}\n"))
    assert "the environment of train_rf" in str(error.value)
    assert "uv pip failed" in str(error.value)


def test_a_lock_that_was_edited_is_not_built(cache):
    with pytest.raises(RepriseError, match="is not the lock that it had"):
        interpreter_of(Run("click==8.0\n", "0" * 64))
    assert not cache.exists()


def test_an_edited_copy_of_the_present_lock_does_no_harm():
    assert interpreter_of(Run("click==8.0\n", lock_digest())).is_present


def test_packages_that_were_not_those_of_the_lock_are_asked_for_too(monkeypatch):
    monkeypatch.setattr(environment, "build", lambda *_: Path("built"))
    run = Run(read_lock().decode(), lock_digest(), environment={"installed": ["click 9, not 8"]})
    found = interpreter_of(run).origin
    assert "installed here: as in the lock; the run had click 9, not 8" in found
    monkeypatch.setattr(environment, "installed_differences", lambda _: ("click 9, not 8",))
    environment._unlike_present.cache_clear()
    assert interpreter_of(run).is_present
    environment._unlike_present.cache_clear()


def test_another_python_is_another_environment(monkeypatch):
    monkeypatch.setattr(environment, "build", lambda *_: Path("built"))
    run = Run(read_lock().decode(), lock_digest(), identity={"python": "3.99"})
    assert f"this is Python {MINOR}, not 3.99" in interpreter_of(run).origin
