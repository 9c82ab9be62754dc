"""Requests to a tracking server that wait for nothing but the server.

A server sends an answer's head and its body one after the other. `mlflow server`
leaves Nagle's algorithm on, so the body waits until the head has been acknowledged, and Linux puts
that off by 40 ms on a connection that is kept alive: 40 ms for every request. TCP_QUICKACK
(tcp(7)) has the head acknowledged at once. It holds for the next answer only, so it is set for
each. A small main makes 145 requests. Servers that run on uvloop, as those of this project, have
switched that algorithm off.
"""

import socket
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Prompt(HTTPConnection):
    def getresponse(self) -> Any:
        _acknowledge_at_once(self)
        return super().getresponse()


class _PromptEncrypted(HTTPSConnection):
    def getresponse(self) -> Any:
        _acknowledge_at_once(self)
        return super().getresponse()


def hasten() -> None:
    """Have answers to this process, from now on, acknowledged as they come.

    Nothing changes where the system has no option for it.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        HTTPConnectionPool.ConnectionCls = _Prompt
        HTTPSConnectionPool.ConnectionCls = _PromptEncrypted


def _acknowledge_at_once(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
