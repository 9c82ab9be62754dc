"""Requests to a server that sends head and body apart, as `mlflow server` does."""

import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from reprise.lineage.connections import acknowledge_at_once

REQUESTS = 10


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


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    for pool in (HTTPConnectionPool, HTTPSConnectionPool):
        monkeypatch.setattr(pool, "ConnectionCls", pool.ConnectionCls)
    acknowledge_at_once()


@pytest.mark.usefixtures("prompt")
def test_each_answer_is_acknowledged_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = socket.socket.setsockopt
    monkeypatch.setattr(
        socket.socket, "setsockopt", lambda self, *given: (asked.append(given), real(self, *given))
    )
    with requests.Session() as session:
        answers = [session.get(address).text for _ in range(REQUESTS)]
    assert answers == ["ok"] * REQUESTS
    assert asked.count((socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)) == REQUESTS
