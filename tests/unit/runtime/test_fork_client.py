"""Jobs forked by the warm server: what they take on from their client, and how they end."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from reprise.runtime import fork_client
from reprise.runtime.channel import Channel
from reprise.runtime.job import KILLED, Job

ROOT = Path(__file__).resolve().parents[3]
HERE = "tests.unit.runtime.test_fork_client"
# Every test has a store of its own: one server is to serve them all.
SETTINGS = fork_client.ServerSettings(
    "steps.preload:STAGES", 1.0, ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID")
)


def show(text: str) -> int:
    """In a job: print the surroundings."""
    print(text, Path.cwd(), os.environ.get("REPRISE_TEST"))
    return 7


def ask() -> int:
    """In a job: whether it is served, although its variables are those of no server by now."""
    os.environ["REPRISE_TEST_SERVER"] = "another"
    job = fork_client.job_if_served(SETTINGS)
    print(job is not None)
    return 0


def sleep(seconds: float) -> int:
    """In a job: outlive the test unless stopped."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
    print("asleep", flush=True)
    time.sleep(seconds)
    return 0


def tidy(seconds: float) -> int:
    """In a job: when stopped, take so long to clean up."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print("asleep", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("tidying", flush=True)
        time.sleep(seconds)
    return 3


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """A server of this test's own, through PYTHONPATH and a variable; it ends with the module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("REPRISE_TEST_SERVER", str(os.getpid()))
        yield dict(os.environ)
        fork_client.stop_servers()


def call(function: str, *arguments: object, **variables: str) -> tuple[Job, int]:
    """A job that calls a function of this module, and the descriptor of what it writes."""
    job = fork_client.fork_job(SETTINGS)
    read, write = os.pipe()
    with Path(os.devnull).open("rb") as nothing:
        descriptors = (nothing.fileno(), write, write)
        name = f"{HERE}:{function}"
        job.call(name, arguments, {**os.environ, **variables}, descriptors)
    os.close(write)
    return job, read


def wait(job: Job, seconds: float = 60.0) -> int | None:
    deadline = time.monotonic() + seconds
    while job.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return job.status


def written(descriptor: int) -> str:
    with open(descriptor) as output:
        return output.read()


def test_a_job_has_its_clients_folder_variables_and_output(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job, output = call("show", "hello", REPRISE_TEST="yes")
    assert wait(job) == 7
    assert written(output) == f"hello {tmp_path} yes\n"
    job.channel.close()


@pytest.mark.parametrize(
    ("first", "second", "seconds", "status"),
    [
        (signal.SIGINT, signal.SIGTERM, 1.0, 3),
        (signal.SIGTERM, signal.SIGINT, 1.0, 3),
        (signal.SIGTERM, signal.SIGTERM, 60.0, KILLED),
    ],
)
def test_only_the_same_signal_again_kills_what_cleans_up(
    environment, first, second, seconds, status
):
    code = (
        "import sys; from reprise.runtime.fork_client import fork_job, run_job; "
        f"from {HERE} import SETTINGS; "
        f"sys.exit(run_job(fork_job(SETTINGS), '{HERE}:tidy', [{seconds}], None))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as caller:
        assert caller.stdout.readline() == "asleep\n"
        caller.send_signal(first)
        assert caller.stdout.readline() == "tidying\n"
        caller.send_signal(second)
        assert caller.wait(30) == status


def test_a_job_asks_the_server_that_it_comes_from(environment):
    job, output = call("ask")
    assert wait(job) == 0
    assert written(output) == "True\n"
    job.channel.close()


def test_a_server_serves_whatever_the_values_of_what_differs_per_call(environment, monkeypatch):
    first = fork_client.fork_job(SETTINGS)
    monkeypatch.setenv("REPRISE_TEST_PER_CALL", "1")
    assert fork_client.job_if_served(SETTINGS) is None
    per_call = (*SETTINGS.per_call, "REPRISE_TEST_PER_CALL")
    job = fork_client.job_if_served(replace(SETTINGS, per_call=per_call))
    assert job is not None
    job.channel.close()
    first.channel.close()


def test_a_job_imports_ahead_what_it_is_told_to(environment):
    job = fork_client.fork_job(SETTINGS)
    job.preload("colorsys")
    job.call(f"{HERE}:sleep", [0.0], os.environ, (0, 1, 2))
    assert wait(job) == 0
    job.channel.close()


def test_a_signal_reaches_the_job(environment):
    job, output = call("sleep", 60.0)
    assert os.read(output, 6) == b"asleep"
    job.signal(signal.SIGTERM)
    assert wait(job, 5) == KILLED  # it ended without a word
    os.close(output)
    job.channel.close()


def test_a_job_whose_client_hangs_up_ends(environment):
    job, output = call("sleep", 60.0)
    assert os.read(output, 6) == b"asleep"
    job.channel.close()
    began = time.monotonic()
    assert written(output).strip() == ""  # the end of the file: nobody holds it open
    assert time.monotonic() - began < 30  # of the 60 that it would have slept


def test_an_unknown_function_is_a_failure_and_not_a_silence(environment):
    job, output = call("no_such_function")
    assert wait(job) == 1
    assert "no_such_function" in written(output)
    job.channel.close()


def test_messages_keep_their_borders_and_their_descriptors():
    ours, theirs = (Channel(end) for end in socket.socketpair(socket.AF_UNIX))
    read, write = os.pipe()
    ours.send({"preload": ["a"]})
    ours.send({"directory": "/"}, write)
    assert theirs.receive() == {"preload": ["a"]}
    assert theirs.receive() == {"directory": "/"}
    os.write(theirs.descriptors[0], b"through")
    assert os.read(read, 7) == b"through"
    ours.close()
    with pytest.raises(EOFError):
        theirs.receive()
    theirs.close()
    for descriptor in (read, write, theirs.descriptors[0]):
        os.close(descriptor)


def test_a_client_with_more_than_1024_open_files_is_served(environment):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    with ExitStack() as many:
        for _ in range(1100):
            many.enter_context(Path(os.devnull).open("rb"))
        job, output = call("show", "hello")
        assert job.channel.connection.fileno() > 1024
        assert wait(job) == 7
        assert written(output).startswith("hello")
        job.channel.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
