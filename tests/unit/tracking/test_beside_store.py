"""Locks beside a local store hold for all who use it."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reprise.runtime.locks import locked, own_folder
from reprise.tracking.beside_store import beside_store

CODE = (
    "import sys; from reprise.runtime.locks import locked\n"
    "from reprise.tracking.beside_store import beside_store\n"
    "with locked('registry', beside_store(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()"
)


@pytest.mark.parametrize("scheme", ["sqlite:///{}/mlflow.db", "file://{}/mlruns", "{}/mlruns"])
def test_a_lock_holds_whatever_the_folder_for_temporary_files(tmp_path, scheme):
    uri = scheme.format(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    variables = {"TMPDIR": str(tmp_path / "elsewhere"), "PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", CODE, uri],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with (beside_store(uri) / "registry.lock").open() as file:
            with pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            holder.stdin.close()
            fcntl.flock(file, fcntl.LOCK_EX)


def test_whoever_may_write_beside_the_store_may_lock(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2775)
    folder = beside_store(f"sqlite:///{shared}/mlflow.db")
    assert folder == shared / ".reprise"
    with locked("store", folder):
        assert (folder / "store.lock").stat().st_mode & 0o777 == 0o664
    assert folder.stat().st_mode & 0o7777 == 0o2775
    assert (folder / ".gitignore").read_text() == "*\n"


def test_the_folder_for_a_server_is_this_users():
    folder = beside_store("https://mlflow.example.org")
    assert folder.parent == own_folder()
    assert folder != beside_store("https://mlflow.example.org/other")


def test_a_link_is_not_followed(tmp_path):
    aim = tmp_path / "of somebody"
    aim.mkdir()
    (tmp_path / ".reprise").symlink_to(aim)
    assert Path(own_folder()) in beside_store(f"sqlite:///{tmp_path}/mlflow.db").parents
