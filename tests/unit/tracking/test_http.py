"""Requests to a server that sends head and body apart, as `mlflow server` does."""

import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from reprise.tracking.http import hasten

REQUESTS = 10
AT_ONCE = (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


@pytest.fixture
def address() -> Iterator[str]:
    """A server with Nagle's algorithm on: one connection, as many requests as come."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def _serve(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            connection.sendall(b"ok")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections as urllib3 has them, whatever another test has had done."""
    monkeypatch.setattr(HTTPConnectionPool, "ConnectionCls", HTTPConnection)
    monkeypatch.setattr(HTTPSConnectionPool, "ConnectionCls", HTTPSConnection)


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The options that sockets are given, as they are given."""
    given: list[tuple[int, ...]] = []
    real = socket.socket.setsockopt
    monkeypatch.setattr(
        socket.socket,
        "setsockopt",
        lambda self, *option: (given.append(option), real(self, *option)),
    )
    return given


def ask(address: str) -> list[str]:
    with requests.Session() as session:
        return [session.get(address).text for _ in range(REQUESTS)]


def test_each_answer_is_acknowledged_at_once(address: str, options: list[tuple[int, ...]]) -> None:
    hasten()
    assert ask(address) == ["ok"] * REQUESTS
    assert options.count(AT_ONCE) == REQUESTS


def test_without_us_acknowledgements_are_left_to_the_system(
    address: str, options: list[tuple[int, ...]]
) -> None:
    assert ask(address) == ["ok"] * REQUESTS
    assert AT_ONCE not in options  # else urllib3 does it by now, and `hasten` can go
