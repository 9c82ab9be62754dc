"""Folders of processes that have died are swept, and no others."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from reprise.runtime.scratch import scratch, sweep

CODE = (
    "import sys; from reprise.runtime.scratch import kept, scratch\n"
    "with scratch() as folder: print(folder, kept(), flush=True); sys.stdin.read()"
)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_folder_goes_with_its_block(tmp_path):
    with scratch() as folder:
        assert Path(folder).parent == tmp_path
        sweep()
        assert Path(folder).is_dir()
    assert list(tmp_path.glob("reprise-*")) == []


def test_folders_of_a_killed_process_are_swept_and_those_of_a_living_one_are_not(tmp_path):
    other = tmp_path / "reprise-of-somebody"
    other.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", CODE],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        folders = [Path(name) for name in process.stdout.readline().split()]
        (folders[0] / "file").touch()
        sweep()
        assert [folder.is_dir() for folder in folders] == [True, True]
        process.kill()
    sweep()
    assert [folder.exists() for folder in folders] == [False, False]
    assert other.exists()
