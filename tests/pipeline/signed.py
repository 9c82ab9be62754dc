"""A workplace whose versions are signed."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes

from reprise.provenance.signing import make_pair, own_key
from tests.tampering import Forger

from .conftest import Workplace

CHAMPION = "models:/reprise@champion"
SMALL = ("--models", "elasticnet,rf", "--tune_model", "none", "--promote", "always")


@dataclass(frozen=True)
class Signed(Workplace):
    """A store beside a key of that name: what is registered in it is signed."""

    key_name: str = "team"

    @property
    def secret(self) -> Path:
        return self.folder.parent / f"{self.folder.name} {self.key_name}.key"

    @property
    def key(self) -> str:
        return str(self.secret.with_suffix(".pub"))

    @property
    def printed(self) -> Path:
        """All that was printed by its commands."""
        return self.folder / "printed.txt"

    def environment(self) -> dict[str, str]:
        return super().environment() | {"REPRISE_SIGNING_KEY": str(self.secret)}

    def step(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = super().step(name, *arguments)
        with self.printed.open("a") as file:
            file.write(done.stdout + done.stderr)
        return done

    def register(self, *arguments: str) -> str:
        """What a small main has printed that registers a version, the next champion."""
        table = self.folder / "table.csv"
        if not self.secret.exists():
            make_pair(str(self.secret.with_suffix("")))
            load_diabetes(as_frame=True).frame.to_csv(table, index=False)
        done = self.step("main", *SMALL, "--data", str(table), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def forger(self) -> Forger:
        """Someone who can write to all of it; of two versions, `first register` made the other."""
        found = self.children(self.runs("main")[0]) | {"register": self.runs("register")[0]}
        found |= {"first register": self.runs("register")[-1], "main": self.runs("main")[0]}
        ids = {name: run.info.run_id for name, run in found.items()}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REPRISE_SIGNING_KEY", str(self.secret))
            return Forger(self.folder / "mlflow.db", ids, own_key())
