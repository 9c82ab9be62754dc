"""Build a virtual environment of a lock with nothing but python3: `python3 bootstrap.py .venv`.

Debian's python3 comes without pip and ensurepip, so uv is fetched as the wheel that the lock pins,
checked against the lock's hash, and installs everything else, hashes checked as well.
"""

import hashlib
import http.client
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.txt"
DEV_LOCK = ROOT / "requirements-dev.txt"
SUPPORTED = ((3, 11), (3, 13))


def main(target: Path, lock: Path = DEV_LOCK) -> None:
    """Make `target` a virtual environment that holds exactly what `lock` names.

    `target` may be missing, empty or an environment; what else it holds would be lost.
    """
    if not replaceable(target):
        sys.exit(f"error: {target} must be an environment, or empty, to be replaced: name another")
    with tempfile.TemporaryDirectory() as folder:
        uv = fetch_uv(Path(folder))
        shutil.rmtree(target, ignore_errors=True)
        make_environment(uv, target)
        python = target / "bin" / "python"
        print(f"installing what {lock.name} names into {target}", flush=True)
        # The certificates that Python trusts, as when uv was fetched: a company may have its own.
        install = (uv, "pip", "sync", "--quiet", "--require-hashes", "--system-certs")
        run([*install, "--compile-bytecode", "--python", python, lock])


def replaceable(target: Path) -> bool:
    """Whether nothing is lost with `target`."""
    if not target.exists():
        return True
    return target.is_dir() and ((target / "pyvenv.cfg").is_file() or not any(target.iterdir()))


def run(command: Sequence[str | Path]) -> None:
    """Run it; where it fails, it has said why."""
    if status := subprocess.run(command, check=False).returncode:
        sys.exit(status)


def make_environment(uv: Path, target: Path) -> None:
    """An empty environment on this Python where the lock covers it, else on 3.11 from uv."""
    if SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        venv.create(target, symlinks=True)
    else:
        run([uv, "venv", "--python", "3.11", "--system-certs", target])


def fetch_uv(folder: Path) -> Path:
    """Download the uv that the lock pins for this machine; return its executable."""
    version, hashes = pinned_uv(LOCK.read_text())
    index = (os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple").rstrip("/") + "/uv/"
    page = fetch(index, 60).decode()
    links = re.findall(r'href="([^"#]+/(uv-[^"/#]+\.whl))', page)
    address, filename = next(
        ((link, name) for link, name in links if name.startswith(f"uv-{version}-") and fits(name)),
        ("", ""),
    )
    if not address:
        sys.exit(f"error: no uv {version} for {sysconfig.get_platform()}: install uv by hand")
    content = fetch(urljoin(index, address), 300)
    if hashlib.sha256(content).hexdigest() not in hashes:
        sys.exit(f"error: {filename} does not have a hash that {LOCK.name} names")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        path = folder / "uv"
        path.write_bytes(archive.read(name))
    path.chmod(0o755)
    return path


def fetch(address: str, timeout: float) -> bytes:
    """What is at an address, given `timeout` seconds for each answer of the network."""
    try:
        request = urllib.request.Request(address, headers={"Accept": "text/html, */*"})
        with urllib.request.urlopen(request, timeout=timeout) as response:
            content: bytes = response.read()
    except (OSError, ValueError, http.client.HTTPException) as error:
        shown = re.sub(r"//[^/]*@", "//", address)
        sys.exit(f"error: cannot read {shown}: {error}; PIP_INDEX_URL may name another index")
    return content


def pinned_uv(lock: str) -> tuple[str, set[str]]:
    """The version of uv in the lock, and the sha256 hashes it may have."""
    match = re.search(r"^uv==(\S+)((?: *\\\n +--hash=sha256:\w+)+)", lock, re.MULTILINE)
    if match is None:
        sys.exit(f"error: {LOCK.name} does not pin uv: run make lock")
    return match[1], set(re.findall(r"sha256:(\w+)", match[2]))


def fits(filename: str) -> bool:
    """Whether a wheel is for this system, processor and C library."""
    tag = filename.removesuffix(".whl").split("-", 4)[4]
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    if sys.platform == "darwin":
        return "macosx" in tag and ("arm64" if machine == "aarch64" else machine) in tag
    library = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return library in tag and tag.endswith(machine)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(f"usage: python3 bootstrap.py FOLDER [LOCK (default: {DEV_LOCK.name})]")
    main(*map(Path, sys.argv[1:]))
