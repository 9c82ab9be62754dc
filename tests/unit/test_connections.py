"""Requests to a server that sends head and body apart, as `mlflow server` does."""

import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from mlflow.tracking.request_header import registry
from mlflow.tracking.request_header.databricks_request_header_provider import (
    DatabricksRequestHeaderProvider,
)
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from reprise.lineage.connections import hasten

REQUESTS = 10
HEADERS = registry._request_header_provider_registry


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
    monkeypatch.setattr(HEADERS, "_registry", list(HEADERS._registry))
    hasten()


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


@pytest.mark.usefixtures("prompt")
def test_a_notebook_is_looked_for_once_and_headers_stay_the_same(monkeypatch):
    before = registry.resolve_request_headers()
    looked = []
    absent = DatabricksRequestHeaderProvider.in_context
    monkeypatch.setattr(
        DatabricksRequestHeaderProvider, "in_context", lambda self: looked.append(1) or absent(self)
    )
    monkeypatch.setattr(HEADERS, "_registry", [DatabricksRequestHeaderProvider(), *HEADERS])
    hasten()
    once = len(looked)
    assert [registry.resolve_request_headers() for _ in range(REQUESTS)] == [before] * REQUESTS
    assert len(looked) == once > 0


@pytest.mark.usefixtures("prompt")
def test_headers_of_a_notebook_are_sent_where_there_is_one(monkeypatch):
    monkeypatch.setattr(DatabricksRequestHeaderProvider, "in_context", lambda self: True)
    monkeypatch.setattr(
        DatabricksRequestHeaderProvider, "request_headers", lambda self: {"notebook": "7"}
    )
    monkeypatch.setattr(HEADERS, "_registry", [DatabricksRequestHeaderProvider()])
    hasten()
    assert registry.resolve_request_headers() == {"notebook": "7"}
