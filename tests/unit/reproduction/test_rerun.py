"""A step that is done again with the code of its commit, whatever that knows of contexts."""

import os
import sys
from pathlib import Path

import pytest

from reprise.reproduction.checkout import Tree
from reprise.reproduction.interpreter import Interpreter
from reprise.reproduction.rerun import Place, PlainProcess
from reprise.runtime.level import X86_V3
from reprise.tracking.step_context import StepContext

CONTEXT = StepContext("1" * 32, "7", "sqlite:///mlflow.db", "2" * 32, 3, "/noise.txt")


def test_steps_of_every_commit_are_told_what_they_are(tmp_path, monkeypatch):
    place = Place(Tree(tmp_path, "its commit"), Interpreter(Path(sys.executable), "its packages"))
    process = PlainProcess(tmp_path / "log.txt", place)
    found = []
    monkeypatch.setattr(process, "_open", lambda *given: found.extend(given))
    process.start("prepare", {"seed": 42}, CONTEXT)
    process.output.close()
    command, environment = found
    assert command == [sys.executable, "-m", "steps.prepare", "--seed", "42"]
    assert "OPENBLAS_CORETYPE" in os.environ  # ours, which code of before levels is not given
    expected = CONTEXT.to_environment(os.environ) | {
        "REPRISE_PARENT": "2" * 32,
        "REPRISE_CORES": "3",
        "REPRISE_NOISE": "/noise.txt",
        "PYTHONPATH": str(tmp_path),
        "PYTHONSAFEPATH": "1",
    }
    assert environment == {
        name: value for name, value in expected.items() if name not in X86_V3.variables
    }


@pytest.mark.parametrize("level", [None, {"name": "x86-64-v3"}])
def test_a_step_of_before_levels_has_the_kernels_that_it_had_then(level, tmp_path):
    recorded = {"switches": {"OPENBLAS_CORETYPE": "Prescott", "MKL_CBWR": None}}
    recorded |= {} if level is None else {"level": level}
    tree, python = Tree(tmp_path, "its commit"), Interpreter(Path(sys.executable), "its packages")
    mine = {"OPENBLAS_CORETYPE": "Haswell", "NPY_ENABLE_CPU_FEATURES": "X86_V3", "HOME": "/home"}
    found = Place(tree, python, recorded).environment(mine)
    assert found["HOME"] == "/home"
    kernels = {name: found[name] for name in mine if name in found and name != "HOME"}
    if level is None:
        assert kernels == {"OPENBLAS_CORETYPE": "Prescott"}
    else:  # its own code takes the level on
        assert kernels == {name: mine[name] for name in kernels} != {}
