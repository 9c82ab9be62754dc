"""Requests to a tracking server that wait for nothing but the server.

Acknowledgements: a server sends an answer's head and its body one after the other. `mlflow server`
leaves Nagle's algorithm on, so the body waits until the head has been acknowledged, and Linux puts
that off by 40 ms on a connection that is kept alive: 40 ms for every request. TCP_QUICKACK
(tcp(7)) has the head acknowledged at once. It holds for the next answer only, so it is set for
each.

Headers: MLflow looks for a Databricks notebook before each request, by importing packages that are
not there: a third of what a request costs this process. Once is enough.
"""

import socket
from typing import Any

from mlflow.tracking.request_header import registry
from mlflow.tracking.request_header.databricks_request_header_provider import (
    DatabricksRequestHeaderProvider,
)
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
    """Have the requests of this process, from now on, made without either wait.

    Answers are acknowledged as they come only where the system has an option for it.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        HTTPConnectionPool.ConnectionCls = _Prompt
        HTTPSConnectionPool.ConnectionCls = _PromptEncrypted
    providers = registry._request_header_provider_registry._registry
    providers[:] = [provider for provider in providers if not _is_absent(provider)]


def _is_absent(provider: Any) -> bool:
    return isinstance(provider, DatabricksRequestHeaderProvider) and not provider.in_context()


def _acknowledge_at_once(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
