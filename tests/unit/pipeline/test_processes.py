"""What a step's process is given, forked from the server or started anew."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from reprise.pipeline.processes import MlflowProcess, StepProcess, WarmProcess
from reprise.runtime.fork_client import ServerSettings, stop_servers
from reprise.tracking.step_context import StepContext, context_of_process

HERE = "tests.unit.pipeline.test_processes"
STAGES: tuple[Callable[[], None], ...] = ()
PARAMETERS = {"data": "my rows.csv", "seed": 42}
CONTEXT = StepContext(
    "1" * 32, "7", "sqlite:////elsewhere/mlflow.db", "2" * 32, 3, "/tmp/noise.txt"
)


def tell(entry_point: str, arguments: list[str], context: dict[str, object] | None) -> int:
    """In the step's process: print what it was given."""
    print(json.dumps([entry_point, arguments, context]))
    return 0


class AnewProcess(MlflowProcess):
    """As `mlflow run` starts it, but for the step."""

    def _open(self, command, environment):
        at = command.index("-e") + 1
        work = f"{command[at]!r}, {command[command.index('--run-id') + 2 :]!r}"
        told = f"from {HERE} import context_of_process, tell; tell({work}, context_of_process())"
        super()._open([sys.executable, "-c", told], environment)


def written(process: StepProcess) -> list[object]:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() == 0
    (line,) = process.output.lines()
    process.output.close()
    process.kill()
    return json.loads(line)


def test_a_forked_step_is_given_its_arguments_and_its_context(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRISE_TEST_SERVER", str(os.getpid()))
    process = WarmProcess(tmp_path / "log.txt", f"{HERE}:tell", ServerSettings(f"{HERE}:STAGES"))
    process.start("prepare", PARAMETERS, CONTEXT)
    given = ["--data", "my rows.csv", "--seed", "42"]
    assert written(process) == ["prepare", given, CONTEXT.to_json()]
    stop_servers()


def test_a_step_of_mlflow_run_is_given_its_parameters_and_the_same_context(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
    process = AnewProcess(tmp_path / "log.txt")
    process.start("prepare", PARAMETERS, CONTEXT)
    given = ["-P", "data=my rows.csv", "-P", "seed=42"]
    assert written(process) == ["prepare", given, CONTEXT.to_json()]


def test_a_process_of_the_user_has_no_context():
    assert context_of_process() is None
