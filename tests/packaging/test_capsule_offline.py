"""A capsule with its packages: the same result again where there is no network."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes

from tests.packaging.test_capsule_packages import APART
from tests.pipeline.conftest import Workplace
from tests.pipeline.prover import folder_of, stop
from tests.serving import copy_code

pytestmark = [pytest.mark.env_manager, pytest.mark.timeout(3600)]


@dataclass(frozen=True)
class Auditor(Workplace):
    """A copy of the project whose lock is another, with caches that hold nothing yet."""

    @property
    def code(self) -> Path:
        return self.folder / "project"

    def environment(self) -> dict[str, str]:
        own = {name: str(self.folder / name) for name in ("XDG_CACHE_HOME", "UV_CACHE_DIR")}
        return super().environment() | own | {"PYTHONPATH": str(self.code)}


def test_a_capsule_with_wheels_comes_out_identical_without_network(tmp_path):
    team = Workplace(tmp_path / "team")
    team.folder.mkdir()
    table, capsule = team.folder / "table.csv", tmp_path / "champion.capsule.zip"
    load_diabetes(as_frame=True).frame.to_csv(table, index=False)
    options = ("--models", "elasticnet", "--tune_model", "none", "--data", str(table))
    done = team.step("main", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    of = ("--of", "models:/reprise@champion")
    done = team.step("export", *of, "--output", str(capsule), "--wheels", "yes")
    assert done.returncode == 0, done.stdout + done.stderr
    stop(team)
    table.unlink()
    auditor = Auditor(tmp_path / "auditor")
    auditor.folder.mkdir()
    copy_code(auditor.code)
    lock = auditor.code / "requirements.txt"
    lock.write_text(lock.read_text() + "# another lock: none of its environments is there\n")
    reproduce = (sys.executable, "-m", "steps.reproduce", "--of", str(capsule))
    done = auditor.call(*APART, *reproduce, cwd=auditor.code)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "IDENTICAL: register run" in done.stdout
    assert "packages: those in the capsule" in done.stdout
    (run,) = auditor.runs("reproduce")
    found = json.loads((folder_of(run) / "reproduction.json").read_text())
    assert found["verdict"] == "identical"
    stop(auditor)
