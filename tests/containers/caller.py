"""An ordinary user of this machine, who may use the docker engine."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from mlflow.entities import Run

from tests.pipeline.conftest import Workplace

from .engine import ROOT

USER = 4242
_SOCKET = Path("/var/run/docker.sock")


@dataclass(frozen=True)
class Caller(Workplace):
    """Commands run in this folder as its owner, not as root; `store` is a URI, or the default."""

    store: str | None = None
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, store: str | None = None, **variables: str) -> "Caller":
        """Make the folder, and let its owner in from above."""
        folder.mkdir()
        if os.getuid() == 0:
            os.chown(folder, USER, USER)
            for parent in folder.parents[:-1]:
                parent.chmod(parent.stat().st_mode | 0o011)
        return cls(folder, store, variables)

    def clone(self) -> Path:
        """A clone of the project that is the caller's own."""
        folder = self.folder / "reprise"
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.uid, self.uid, follow_symlinks=False)
        return folder

    def shell(self, line: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A line as it is typed; it must succeed."""
        done = self.call("bash", "-c", line, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    @property
    def uri(self) -> str:
        return self.store or super().uri

    @property
    def uid(self) -> int:
        return self.folder.stat().st_uid

    def environment(self) -> dict[str, str]:
        kept = super().environment()
        for name in ("PYTHONPATH", "MLFLOW_TRACKING_URI"):
            del kept[name]
        if self.store is not None:
            kept["MLFLOW_TRACKING_URI"] = self.store
        # The checkout belongs to whoever runs the tests, which git does not trust by itself.
        trust = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        home = {"HOME": str(self.home()), "USER": "caller"}
        return {**kept, **trust, **home, **self.variables}

    def home(self) -> Path:
        """The caller's home, beside the folder: a container may not have a whole home mounted."""
        home = self.folder.parent / f"{self.folder.name}-home"
        home.mkdir(exist_ok=True)
        if os.getuid() == 0:
            os.chown(home, self.uid, self.uid)
        return home

    def call(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return super().call(*self.as_owner(), *command, cwd=cwd)

    def as_owner(self) -> list[str]:
        """What to put before a command: root becomes the owner, who may read whatever root may."""
        if os.getuid() != 0:
            return []
        return [
            "setpriv",
            f"--reuid={self.uid}",
            f"--regid={self.uid}",
            f"--groups={_SOCKET.stat().st_gid}",
            # Where root's Python lies in root's home.
            "--inh-caps=+dac_read_search",
            "--ambient-caps=+dac_read_search",
        ]

    def mlflow_run(self, project: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`mlflow run`; it must succeed."""
        done = self.call("mlflow", "run", project, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def in_container(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`mlflow run envs/docker`; it must succeed."""
        return self.mlflow_run(f"{ROOT}/envs/docker", *arguments)

    def here(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`mlflow run` in this environment; it must succeed."""
        return self.mlflow_run(str(ROOT), "--env-manager", "local", *arguments)

    def results(self, main: Run) -> dict[tuple[str, str], str | float]:
        """Every digest and every metric of the steps of a main."""
        found: dict[tuple[str, str], str | float] = {}
        for name, run in self.children(main).items():
            for key, value in run.data.tags.items():
                # The registry's state depends on what was registered before.
                if key.startswith("reprise.digest.") and key != "reprise.digest.registry":
                    found[name, key] = value
            for key, measured in run.data.metrics.items():
                if key.partition("_")[0] in ("train", "validation", "test"):
                    found[name, key] = measured
        return found
