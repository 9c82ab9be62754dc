"""A server that cannot serve: it says why, and serves nobody."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reprise.runtime import fork_client, fork_job, pinned_code
from reprise.runtime.channel import Channel
from reprise.runtime.fork_client import ServerSettings
from reprise.runtime.job import KILLED, Job

HERE = "tests.unit.runtime.test_fork_server"


def fail() -> None:
    raise ImportError("libcrypto.so.9: cannot open shared object file")


def nothing() -> None:
    """A stage."""


BROKEN: tuple[Callable[[], None], ...] = (fail,)
STAGES: tuple[Callable[[], None], ...] = (nothing, nothing)


@pytest.fixture(autouse=True)
def own_servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
    monkeypatch.setenv("REPRISE_TEST_SERVER", f"{os.getpid()} {HERE}")
    yield
    fork_client.stop_servers()


def end_of(job: Job) -> int | None:
    deadline = time.monotonic() + 60
    while job.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    job.channel.close()
    return job.status


def test_a_server_that_dies_on_import_says_why():
    job = fork_client.fork_job(ServerSettings(f"{HERE}:BROKEN"))
    assert end_of(job) == KILLED
    assert not job.was_forked()
    assert "ImportError: libcrypto.so.9: cannot open shared object file" in job.why_it_ended()


def test_a_step_says_why_its_server_died(capfd):
    settings = ServerSettings(f"{HERE}:BROKEN")
    job = fork_client.fork_job(settings)
    status = fork_client.run_job(job, f"{HERE}:nothing", [], lambda: fork_client.fork_job(settings))
    assert status == KILLED
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert "libcrypto.so.9" in line


def test_a_server_does_not_serve_code_that_its_client_has_not_seen(monkeypatch):
    present = pinned_code.digest
    monkeypatch.setattr(pinned_code, "digest", lambda: "as it was before the save")
    job = fork_client.fork_job(ServerSettings(f"{HERE}:STAGES"))
    assert end_of(job) == KILLED
    assert "edited while it started" in job.why_it_ended()
    monkeypatch.setattr(pinned_code, "digest", present)
    another = fork_client.fork_job(ServerSettings(f"{HERE}:STAGES"))
    assert another.server != job.server
    another.call("os:getppid", [], os.environ, (0, 1, 2))
    assert end_of(another) not in (None, KILLED)


def test_what_a_killed_server_has_left_is_swept_and_a_living_one_stays(monkeypatch):
    with TemporaryDirectory(dir="/tmp") as name, socket.socket(socket.AF_UNIX) as listening:
        folder = Path(name)
        monkeypatch.setattr(fork_client, "own_folder", lambda: folder)
        fork_client.fork_job(ServerSettings(f"{HERE}:STAGES")).channel.close()
        fork_client._started[-1].kill()
        fork_client._started[-1].wait()
        assert len([*folder.iterdir()]) == 2
        listening.bind(str(folder / "other.socket"))
        listening.listen()
        (folder / "other.log").touch()
        monkeypatch.setenv("REPRISE_TEST_SERVER", "another")
        job = fork_client.fork_job(ServerSettings(f"{HERE}:STAGES"))
        living = {job.server.stem, "other"}
        assert {path.stem for path in folder.iterdir()} == living
        job.channel.close()
        fork_client.stop_servers()
        fork_client._started[-1].wait()


def test_a_job_whose_server_has_died_stops_nobody(monkeypatch):
    stopped: list[int] = []
    ours, theirs = (Channel(end) for end in socket.socketpair(socket.AF_UNIX))
    theirs.send({"leave": True})
    monkeypatch.setattr(fork_job.os, "kill", lambda pid, _: stopped.append(pid))
    monkeypatch.setattr(fork_job, "_server_pid", os.getppid() + 1)
    assert fork_job._work(ours) == 0
    assert stopped == []
    theirs.send({"leave": True})
    monkeypatch.setattr(fork_job, "_server_pid", os.getppid())
    assert fork_job._work(ours) == 0
    assert stopped == [os.getppid()]
    ours.close()
    theirs.close()
