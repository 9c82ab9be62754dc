"""A page of commands and what they print, run as a reader runs it: block by block, in one shell."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from reprise.runtime.paths import ROOT
from tests.servers.processes import free_port
from tests.serving import make_repository

# What a reader has beside the code that runs depend on.
MORE = ("Makefile", "bootstrap.py", "requirements-dev.txt", "pyproject.toml", "docs", "examples")
_BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.M | re.S)
_RUN = re.compile(r"\b[0-9a-f]{32}\b")
# What differs from one reader to the next, in the order in which it is replaced.
_MASKS = (
    (r"\x1b\[[0-9;?]*[a-zA-Z]", ""),
    (_RUN, "<run>"),
    (r"\b[0-9a-f]{12}\b", "<lock>"),
    (r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "<now>"),
    (r"\d+\.\d s\b", "<time>"),
    (r"[━─┃│┏┓┡┩└┘╇┳┴]+", "|"),
    (r"Makefile:\d+", "Makefile"),
    (r"\s+", " "),
)


@dataclass(frozen=True)
class Block:
    """One fenced block: `sh`, `python` or `text`."""

    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text())]


def masked(line: str) -> str:
    """A line without what differs between two readers."""
    for pattern, instead in _MASKS:
        line = re.sub(pattern, instead, line)
    return line.strip()


def copy_project(folder: Path) -> Path:
    """The project as a reader has it, with the present environment as its .venv, up to date."""
    make_repository(folder)
    for name in MORE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    environment = folder / ".venv"
    environment.mkdir()
    for path in Path(sys.prefix).iterdir():
        (environment / path.name).symlink_to(path)
    stamp = environment / ".locked"
    stamp.unlink(missing_ok=True)
    stamp.touch()
    return folder


@dataclass
class Reader:
    """Types the commands of a page in a copy of the project, and learns which runs are which."""

    folder: Path
    written: str = "/home/you/reprise"
    port: int = field(default_factory=free_port)
    runs: dict[str, str] = field(default_factory=dict)
    served: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
        paths = f"{self.folder}/.venv/bin:{os.environ['PATH']}"
        self.environment = kept | {"PATH": paths, "COLUMNS": "120"}
        # The tests may be run by make, which tells its children; a reader's make is nobody's child.
        for name in ("PYTHONPATH", "MAKELEVEL", "MAKEFLAGS", "MFLAGS"):
            self.environment.pop(name, None)

    def type(self, block: Block) -> str:
        """What the block prints, the paths as they are written on the page."""
        text = block.text.replace("9696", str(self.port))
        for shown, real in self.runs.items():
            text = text.replace(shown, real)
        if "-e serve" in text:
            return self._serve(text)
        command = ["bash", "-c", f"{text}\nexport -p > .exported"]
        if block.kind == "python":
            command = [sys.executable, "-c", text]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._remember()
        return done.stdout.replace(str(self.folder), self.written)

    def _remember(self) -> None:
        """Keep what was exported, as a shell does."""
        exported = self.folder / ".exported"
        if exported.exists():
            found = re.findall(r'^declare -x (MLFLOW_\w+)="(.*)"$', exported.read_text(), re.M)
            self.environment |= dict(found)
            exported.unlink()

    def _serve(self, command: str) -> str:
        self.served = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5)
                return ""
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"nothing answers: {command}")

    def stop(self) -> None:
        """End what the page has started."""
        if self.served is not None:
            self.served.terminate()
            self.served.wait(timeout=60)
        subprocess.run(
            ["python", "-m", "reprise", "stop"],
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
        )

    def missing(self, shown: str, printed: str) -> list[str]:
        """Lines of the page that were not printed; `...` stands for lines left out.

        Steps run side by side, so the order is free.
        """
        real: dict[str, list[str]] = {}
        for line in printed.splitlines():
            real.setdefault(masked(line), []).append(line)
        found = Counter({line: len(lines) for line, lines in real.items()})
        lines = [line for line in shown.splitlines() if line.strip() not in ("", "...")]
        for line in lines:
            for known, new in zip(
                _RUN.findall(line), _RUN.findall(real.get(masked(line), [""])[0]), strict=False
            ):
                self.runs.setdefault(known, new)
        expected = Counter(map(masked, lines))
        return sorted((expected - found).elements())
