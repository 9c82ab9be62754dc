"""The packages of a lock as wheels of this platform, to be installed where there is no network."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from textwrap import shorten

from reprise.errors import RepriseError
from reprise.provenance.recorded_run import Recorded
from reprise.reproduction.interpreter import python_of, uv

# uv installs wheels and hands out none, so pip does: this one, checked by its hash.
_PIP = "pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13\n"


def fetch_wheels(runs: Iterable[Recorded], folder: Path) -> dict[str, Path]:
    """The wheels that the locks of runs name, by file name, each with a hash that its lock has.

    They are for this platform and the Python of the runs. Raises RepriseError where the package
    index lacks one, or has it not as a wheel.
    """
    target = folder / "wheels"
    for number, (minor, lock) in enumerate(
        sorted({(python_of(run), run.lock) for run in runs if run.lock})
    ):
        _download(lock, minor, folder / f"lock-{number}", target)
    return {path.name: path for path in sorted(target.glob("*.whl"))}


def _download(lock: str, minor: str, folder: Path, target: Path) -> None:
    folder.mkdir()
    (folder / "pip.txt").write_text(_PIP)
    (folder / "lock.txt").write_text(lock)
    python = folder / "venv" / "bin" / "python"
    _run(uv(), "venv", "--quiet", "--python", minor, str(folder / "venv"))
    required = ("--require-hashes", "--requirement")
    _run(
        *(uv(), "pip", "install", "--quiet", "--python", str(python)),
        *(*required, str(folder / "pip.txt")),
    )
    _run(
        *(str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary", ":all:", "--dest", str(target)),
        *(*required, str(folder / "lock.txt")),
    )


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise _unavailable(str(error)) from None
    if done.returncode:
        raise _unavailable(shorten(done.stderr, 300, placeholder=" …"))


def _unavailable(why: str) -> RepriseError:
    return RepriseError(
        f"wheels=yes needs every package of the lock as a wheel of this platform, got {why}: look "
        "whether the package index can be reached (PIP_INDEX_URL, UV_INDEX_URL), or export with "
        "wheels=no"
    )
