"""The packages in a capsule: fetched where there is a network, installed where there is none."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.reproduction.capsule.wheels import fetch_wheels

pytestmark = pytest.mark.env_manager
ROOT = Path(__file__).resolve().parents[2]
MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
# A shell without any network: of all interfaces it has the one to itself, and that is down.
APART = ("unshare", "--map-root-user", "--net")
BUILD = """
import hashlib, sys
from pathlib import Path
from reprise.reproduction.interpreter import build
lock = Path(sys.argv[1]).read_bytes()
wheels = None if sys.argv[2] == "none" else Path(sys.argv[2])
print(build(lock, hashlib.sha256(lock).hexdigest(), sys.argv[3], None, wheels))
"""


@dataclass(frozen=True)
class Run:
    """What is read of a recorded run."""

    lock: str
    environment: dict = field(default_factory=lambda: {"python": f"{MINOR}.0"})
    identity: dict = field(default_factory=dict)


def pinned(*names: str) -> str:
    """The lines of the lock that pin these packages, with their hashes."""
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text())
    found = [block for block in blocks if block.partition("==")[0] in names]
    assert len(found) == len(names)
    return "\n".join(found) + "\n"


def test_the_wheels_of_a_lock_make_its_environment_where_there_is_no_network(tmp_path):
    lock = pinned("click", "psutil")
    (tmp_path / "export").mkdir()
    wheels = fetch_wheels([Run(lock), Run(lock)], tmp_path / "export")
    assert sorted(name.partition("-")[0] for name in wheels) == ["click", "psutil"]
    (tmp_path / "lock.txt").write_text(lock)
    folder = str(next(iter(wheels.values())).parent)

    def build(wheels: str, cache: str) -> subprocess.CompletedProcess[str]:
        own = {name: str(tmp_path / cache) for name in ("XDG_CACHE_HOME", "UV_CACHE_DIR")}
        return subprocess.run(
            [*APART, sys.executable, "-c", BUILD, str(tmp_path / "lock.txt"), wheels, MINOR],
            env=os.environ | own,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    interfaces = subprocess.run(
        [*APART, "cat", "/proc/net/dev"], capture_output=True, text=True, check=True
    )
    assert re.findall(r"^ *(\w+):", interfaces.stdout, re.M) == ["lo"]
    assert build("none", "without").returncode != 0
    done = build(folder, "with")
    assert done.returncode == 0, done.stderr
    python = done.stdout.strip()
    subprocess.run([python, "-c", "import click, psutil"], check=True)


def test_a_package_that_cannot_be_had_is_named(tmp_path):
    lock = pinned("click").replace("click==", "click-is-not-there==")
    with pytest.raises(RepriseError, match="wheels=yes needs every package"):
        fetch_wheels([Run(lock)], tmp_path)
