"""What a connection may take: who is slow, silent or endless is cut off; others are answered."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from threading import Thread

import pytest
import uvicorn

from reprise.inference import http_connection
from reprise.inference.http_app import make_app
from reprise.inference.http_connection import GuardedConnection
from reprise.inference.http_server import listen

from .models import ROW, loaded

MB = 1 << 20
BODY = json.dumps([ROW]).encode()
HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GOOD = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PING = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"


class Running:
    """A server in a thread, and who is connected to it."""

    def __init__(self) -> None:
        self.address = listen("127.0.0.1", 0)
        self.address.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # little is on the way
        options = {"http": GuardedConnection, "ws": "none", "log_level": "critical"}
        self.server = uvicorn.Server(uvicorn.Config(make_app(loaded(), MB), **options))
        self.thread = Thread(target=self.server.run, args=([self.address],))

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address.getsockname(), 20)

    def answer(self, request: bytes) -> bytes:
        with self.connect() as client:
            client.sendall(request)
            return client.recv(65_536)

    def connected(self) -> int:
        return len(self.server.server_state.connections)

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while self.connected() != count:
            assert time.monotonic() < deadline, f"{self.connected()} are connected, not {count}"
            time.sleep(0.02)


@pytest.fixture
def running() -> Iterator[Running]:
    found = Running()
    found.thread.start()
    yield found
    found.server.should_exit = found.server.force_exit = True
    found.thread.join()
    found.address.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has much time."""
    monkeypatch.setattr(http_connection, "_HEAD_SECONDS", 0.5)
    monkeypatch.setattr(http_connection, "_BODY_SECONDS", 0.5)


def dripping(begin: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Send the beginning, then a drop at a time until that fails."""

    def send(client: socket.socket) -> None:
        client.sendall(begin)
        deadline = time.monotonic() + 60
        while drop:
            client.sendall(drop)
            assert time.monotonic() < deadline, "it may go on for ever"
            time.sleep(0.02)

    return send


def never_reading(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    body = json.dumps([ROW] * 5000).encode()
    client.sendall(HEAD + b"Content-Length: %d\r\n" % len(body))
    client.sendall(b"Connection: close\r\n\r\n" + body)


ENDLESS = HEAD + b"Content-Length: %d\r\n\r\n" % 10**15
SLOW = {
    "says nothing": dripping(b"", b""),
    "half a head": dripping(HEAD, b""),
    "a head in drops": dripping(HEAD + b"A: ", b"a"),
    "blank lines": dripping(b"\r\n", b"\r\n"),
    "half a body": dripping(GOOD[:-5], b""),
    "a body in drops": dripping(HEAD + b"Content-Length: 900000\r\n\r\n[", b" "),
    "chunks in drops": dripping(CHUNKED, b"1\r\n \r\n"),
    "nothing after an answer": dripping(PING + HEAD, b""),
    "more after its answer": dripping(ENDLESS, b" " * 65_536),
    "never reads": never_reading,
}


@pytest.mark.parametrize("kind", SLOW)
def test_who_keeps_a_connection_without_need_loses_it(running, hurried, monkeypatch, kind):
    monkeypatch.setattr(http_connection, "_BODY_BYTES", 1 << 16)
    with running.connect() as client:
        with suppress(ConnectionError):
            SLOW[kind](client)
            while kind != "never reads" and client.recv(65_536):
                pass
        running.wait_for(0)
    assert running.answer(GOOD).startswith(b"HTTP/1.1 200")


LARGE = {
    "a header": HEAD + b"A: " + b"x" * MB,
    "headers": HEAD + b"A: b\r\n" * 100_000,
    "an address": b"GET /" + b"x" * MB,
    "a chunk's size": CHUNKED + b"0" * MB,
    "a chunk's extension": CHUNKED + b"1;" + b"x" * MB,
    "a trailer": CHUNKED + b"0\r\nA: " + b"x" * MB,
    "blank lines": b"\r\n" * MB,
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_no_body_has_bounds(running, monkeypatch, kind):
    monkeypatch.setattr(http_connection, "_HEAD_SECONDS", 1000)
    monkeypatch.setattr(http_connection, "_BODY_SECONDS", 1000)
    with running.connect() as client, suppress(ConnectionError):
        client.sendall(LARGE[kind])
        while client.recv(65_536):
            pass
    assert running.answer(GOOD).startswith(b"HTTP/1.1 200")


def test_requests_that_wait_for_their_answers_are_few(running):
    with running.connect() as client:
        client.settimeout(2)
        with suppress(ConnectionError, TimeoutError):
            while True:
                client.sendall(PING * 1000)
                connections = list(running.server.server_state.connections)
                assert all(
                    len(each.pipeline) < 2 * http_connection._WAITING for each in connections
                )
        running.wait_for(0)
    assert running.answer(GOOD).startswith(b"HTTP/1.1 200")


def test_small_chunks_and_requests_after_each_other_are_answered(running):
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
    assert running.answer(CHUNKED + chunks + b"0\r\n\r\n").startswith(b"HTTP/1.1 200")
    with running.connect() as client:
        client.sendall((GOOD + PING) * 50)
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 100:
            answers += client.recv(65_536)
    assert answers.count(b'"predicted"') == 50


def test_so_many_are_let_in_and_fewer_are_predicted_for(running, monkeypatch):
    monkeypatch.setattr(http_connection, "_CONNECTIONS", 3)
    monkeypatch.setattr(http_connection, "_MOST_CONNECTIONS", 4)
    with ExitStack() as stack:
        for count in (1, 2):
            stack.enter_context(running.connect())
            running.wait_for(count)
        assert running.answer(GOOD).startswith(b"HTTP/1.1 503")
        assert running.answer(PING).startswith(b"HTTP/1.1 200")
        running.wait_for(2)
        for count in (3, 4):
            stack.enter_context(running.connect())
            running.wait_for(count)
        with suppress(ConnectionError):
            assert running.answer(PING) == b""
    running.wait_for(0)
    assert running.answer(GOOD).startswith(b"HTTP/1.1 200")
