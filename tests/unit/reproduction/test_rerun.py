"""A step that is done again with the code of its commit, whatever that knows of contexts."""

import os
import sys
from pathlib import Path

from reprise.reproduction.checkout import Tree
from reprise.reproduction.interpreter import Interpreter
from reprise.reproduction.rerun import Place, PlainProcess
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
    expected = CONTEXT.to_environment(os.environ) | {
        "REPRISE_PARENT": "2" * 32,
        "REPRISE_CORES": "3",
        "REPRISE_NOISE": "/noise.txt",
        "PYTHONPATH": str(tmp_path),
        "PYTHONSAFEPATH": "1",
    }
    assert environment == expected
