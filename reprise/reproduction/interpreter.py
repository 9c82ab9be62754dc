"""The packages of a recorded lock: the present ones where they are the same, else built with uv."""

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import shorten

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.provenance.environment import read_lock
from reprise.provenance.environment_diff import lock_difference
from reprise.provenance.installed import installed_differences
from reprise.provenance.recorded_run import Recorded
from reprise.runtime.locks import locked

_COMPLETE = "complete"

Wheels = Callable[[], Path | None]


@dataclass(frozen=True)
class Interpreter:
    """The Python that runs a step, and how it was come by, in words."""

    python: Path
    origin: str

    @property
    def is_present(self) -> bool:
        """Whether it is the Python that runs this process."""
        return self.python == Path(sys.executable)


def interpreter_of(recorded: Recorded, wheels: Wheels | None = None) -> Interpreter:
    """The Python with the packages of a run's lock; RepriseError where they cannot be had.

    What has to be built is built from the folder that `wheels` gives, and from no package index,
    where it gives one.
    """
    minor, digest = python_of(recorded), recorded.lock_digest
    present = read_lock()
    if digest is None:
        raise _unavailable(recorded, "no lock was recorded")
    other = tuple(recorded.environment.get("installed", ()))
    unlike = _unlike_present(digest, minor, present, other)
    if unlike is None:
        but = f" but for {listed(other)}" if other else ""
        return Interpreter(Path(sys.executable), f"the present one, lock {digest[:12]}{but}")
    lock = (recorded.lock or "").encode()
    if hashlib.sha256(lock).hexdigest() != digest:
        if hashlib.sha256(present).hexdigest() != digest:
            raise _unavailable(recorded, "source/requirements.txt is not the lock that it had")
        lock = present
    folder = wheels() if wheels is not None else None
    built = build(lock, digest, minor, recorded, folder)
    if folder is not None:
        unlike += "; packages: those in the capsule"
    if other:  # what its lock does not have, nothing builds again
        unlike += f"; the run had {listed(other)}"
    return Interpreter(built, f"built with uv from the recorded lock {digest[:12]} ({unlike})")


def python_of(recorded: Recorded) -> str:
    """The minor version of Python that a run had, such as 3.11."""
    found = recorded.identity.get("python") or recorded.environment.get("python", "")
    return ".".join(str(found).split(".")[:2]) or _present_minor()


def build(
    lock: bytes, digest: str, minor: str, recorded: Recorded, wheels: Path | None = None
) -> Path:
    """The Python of an environment with exactly this lock, kept for the next time."""
    offline = () if wheels is None else ("--offline", "--no-index", "--find-links", str(wheels))
    folder = cache_folder() / f"{digest}-{minor}"
    python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.name, folder.parent):
        if not (folder / _COMPLETE).exists():
            folder.mkdir(exist_ok=True)
            file = folder.with_name(f"{folder.name}.txt")
            file.write_bytes(lock)
            _uv(recorded, "venv", "--quiet", "--clear", "--python", minor, str(folder))
            _uv(
                recorded,
                "pip",
                "sync",
                "--quiet",
                "--require-hashes",
                "--compile-bytecode",
                *offline,
                "--python",
                str(python),
                str(file),
            )
            (folder / _COMPLETE).touch()
    return python


def cache_folder() -> Path:
    """Where environments are kept: $XDG_CACHE_HOME/reprise/environments, mostly in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "reprise" / "environments"


@cache
def _unlike_present(digest: str, minor: str, present: bytes, other: tuple[str, ...]) -> str | None:
    """Why the present environment is not the one of this lock, but for `other` packages, and
    Python; None where it is."""
    if hashlib.sha256(present).hexdigest() != digest:
        return "the present lock is another"
    if minor != _present_minor():
        return f"this is Python {_present_minor()}, not {minor}"
    found = installed_differences(present.decode())
    return None if found == other else f"installed here: {listed(found) or 'as in the lock'}"


def _present_minor() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def uv() -> str:
    """The uv that the lock pins, wherever PATH leads."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else "uv"


def _uv(recorded: Recorded, *arguments: str) -> None:
    command = [uv(), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise _unavailable(recorded, str(error)) from None
    if done.returncode:
        said = shorten(done.stderr, 300, placeholder=" …")
        raise _unavailable(recorded, f"uv {arguments[0]} failed ({said})")


def _unavailable(recorded: Recorded, reason: str) -> RepriseError:
    changes = lock_difference(recorded.lock, read_lock().decode())
    return RepriseError(
        f"the environment of {recorded.entry_point} (run {recorded.id}) must be at hand, got "
        f"{reason}; to the present {changes}: run reproduce in the environment of that lock"
    )
