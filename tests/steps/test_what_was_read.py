"""prepare is a run of the bytes that it has read, whatever was there before and after."""

import hashlib
import json
from pathlib import Path

import pytest
from mlflow.entities import Run

import steps.command
from reprise.data import prepared_files
from steps.command import execute_step

from .conftest import newest

ROWS = "".join(f"{n % 7},{n % 5},{n * n % 11}\n" for n in range(60))
OLD, NEW = f"a,b,target\n{ROWS}", f"a,b,target\n{ROWS[::-1].strip()}\n"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def change_before(patch: pytest.MonkeyPatch, module: object, name: str) -> None:
    """Have the table change just before this function is called."""
    function = getattr(module, name)

    def changed(*arguments: object) -> object:
        Path("table.csv").write_text(NEW)
        return function(*arguments)

    patch.setattr(module, name, changed)


def change_after(patch: pytest.MonkeyPatch, module: object, name: str) -> None:
    """Have the table change just after this function was called."""
    function = getattr(module, name)

    def changed(*arguments: object) -> object:
        result = function(*arguments)
        Path("table.csv").write_text(NEW)
        return result

    patch.setattr(module, name, changed)


def prepare() -> tuple[int, Run, Path]:
    Path("table.csv").write_text(OLD)
    status = execute_step("prepare", ["--data", "table.csv"])
    run = newest()
    return status, run, Path(run.info.artifact_uri.removeprefix("file://"))


def test_a_table_that_changes_after_it_was_looked_up_is_recorded_as_it_was_read(
    monkeypatch, capsys
):
    with monkeypatch.context() as patch:
        change_after(patch, steps.command, "log_identity")
        status, run, folder = prepare()
    assert status == 0
    assert run.data.tags["reprise.input.data"] == sha256(NEW)
    identity = json.loads((folder / "fingerprint.json").read_text())
    assert identity["inputs"] == {"data": sha256(NEW)}
    assert f"what was read has sha256 {sha256(NEW)}" in capsys.readouterr().out
    # As a run is that has found it so.
    execute_step("prepare", ["--data", "table.csv"])
    tags = [each.data.tags["reprise.fingerprint"] for each in (run, newest())]
    assert tags[0] == tags[1]


@pytest.mark.parametrize("name", ["open_table", "prepare"])
def test_a_table_that_changes_while_it_is_read_is_refused_in_one_line(monkeypatch, capsys, name):
    change_before(monkeypatch, prepared_files, name)
    status, run, folder = prepare()
    assert (status, run.info.status) == (1, "FAILED")
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"data must stay as it is while it is read, got '{Path('table.csv').absolute()}'" in line
    assert not (folder / "table").exists()


def test_a_table_that_stays_as_it_is_is_said_nothing_of(capsys):
    status, run, _ = prepare()
    assert status == 0
    assert run.data.tags["reprise.input.data"] == sha256(OLD)
    assert "note:" not in capsys.readouterr().out
