"""What a server hands on belongs to its identity."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

from reprise.runtime import fork_client
from reprise.runtime.fork_client import ServerSettings

CODE = (
    "from reprise.runtime.fork_client import ServerSettings, _socket_path; "
    "print(_socket_path(ServerSettings('none'), 'code'))"
)


def socket_path(change: Callable[[], object] | None = None) -> str:
    """Where the server of a process with these surroundings listens."""
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=change,
    )
    return done.stdout


def one_processor() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def fewer_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))


CHANGES = {
    "umask": lambda: os.umask(0o077),
    "processors": one_processor,
    "nice": lambda: os.nice(1),
    "files": fewer_files,
    "memory": lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 36, 1 << 36)),
    "scheduling": lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
}


@pytest.fixture(scope="module")
def present() -> str:
    return socket_path()


def test_two_processes_with_the_same_surroundings_have_one_server(present):
    assert socket_path() == present


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="one processor is all there is")
@pytest.mark.parametrize("change", CHANGES)
def test_a_server_does_not_serve_those_with_other_surroundings(present, change):
    assert socket_path(CHANGES[change]) != present


def test_a_server_does_not_serve_another_cgroup(monkeypatch):
    paths = set()
    for cgroup in ("0::/a.slice", "0::/b.slice"):
        told = {"cgroup": cgroup}
        monkeypatch.setattr(
            "reprise.runtime.surroundings._read", lambda name, told=told: told.get(name, "")
        )
        paths.add(fork_client._socket_path(ServerSettings("none"), "code"))
    assert len(paths) == 2
