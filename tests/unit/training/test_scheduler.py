"""Which schedulers are accepted, and what is said of the others."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from reprise.errors import RepriseError
from reprise.training.search.pools import open_pool
from reprise.training.search.scheduler import check_scheduler


@pytest.mark.parametrize(
    "scheduler",
    [
        "",
        "localhost",
        "Local",
        "tcp://",
        "tcp://host",
        "tcp://host:",
        "tcp://:8786",
        "tcp://host:port",
        "tcp:/host:8786",
        "http://host:8786",
        "host:8786",
        "tcp://host:87 86",
        "tcp://ho st:8786",
        "tcp://host:8786/path",
        "tcp://host:99999",
    ],
)
def test_a_malformed_scheduler_is_refused_with_the_rule(scheduler):
    with pytest.raises(RepriseError, match="local or tcp://host:port") as raised:
        check_scheduler(scheduler)
    assert f"got '{scheduler}'" in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_scheduler_that_answers_is_accepted(host):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        check_scheduler(f"tcp://{host}:{listening.getsockname()[1]}")


@pytest.mark.parametrize(
    "scheduler", ["tcp://127.0.0.1:9", "tcp://dask.team-a.invalid:8786", "tcp://[::1]:9"]
)
def test_a_scheduler_that_does_not_answer_is_an_error_at_once(scheduler):
    started = time.monotonic()
    with pytest.raises(RepriseError, match="a running Dask scheduler") as raised:
        check_scheduler(scheduler)
    assert f"got '{scheduler}'" in str(raised.value)
    assert time.monotonic() - started < 20


def test_a_malformed_scheduler_opens_no_pool():
    with pytest.raises(RepriseError, match="local or tcp://host:port"), open_pool(1, "nowhere"):
        pass


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"])
def test_whatever_else_listens_there_is_an_error_soon(said):
    with _speaker(said) as address:
        started = time.monotonic()
        with pytest.raises(RepriseError, match="no answer of one"), open_pool(1, address):
            pass
        assert time.monotonic() - started < 30


@contextmanager
def _speaker(said: bytes) -> Iterator[str]:
    """Something that speaks another protocol, or is silent; its address."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(said)
                while self.request.recv(65536):
                    pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
