"""The server process, or several that share one port."""

import os
import socket
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from reprise.errors import RepriseError
from reprise.inference.bounds import MEGABYTE
from reprise.inference.http_app import COUNTS, DIGEST, LIMIT, LOG, MODEL, make_app
from reprise.inference.http_connection import GuardedConnection
from reprise.inference.load import LoadedModel
from reprise.runtime.scratch import scratch

_SHUTDOWN_SECONDS = 30
_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address; RepriseError where that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once only on sockets that name their protocol; others wait 40 ms for an ACK.
    address = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        address.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        address.bind((host, port))
        address.listen(_BACKLOG)
        return address
    except (OSError, OverflowError) as error:
        address.close()
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else str(error)
        raise RepriseError(
            f"host and port must be free to listen on, got {host}:{port} ({reason}): "
            "choose another port"
        ) from None


def serve(
    loaded: LoadedModel, address: socket.socket, workers: int, megabytes: int, log: str
) -> None:
    """Serve a model until the process is told to end; requests that have begun are answered.

    SIGTERM and SIGINT end it well. With several `workers` each is a process with a model of its
    own, and one that dies is replaced. `log` is how requests are logged: none or json.
    """
    limit = megabytes * MEGABYTE
    options: dict[str, Any] = {
        # What strangers send fills no log: uvicorn warns of every request that is none.
        "log_level": "error",
        "access_log": False,
        "http": GuardedConnection,
        "ws": "none",
        "timeout_graceful_shutdown": _SHUTDOWN_SECONDS,
    }
    with suppress(KeyboardInterrupt):  # uvicorn passes a signal on when it has shut down
        if workers == 1:
            config = uvicorn.Config(make_app(loaded, limit, log), **options)
            uvicorn.Server(config).run(sockets=[address])
            return
        os.environ |= {MODEL: loaded.uri, DIGEST: loaded.files.digest, LIMIT: str(limit), LOG: log}
        factory = "reprise.inference.http_app:app_from_environment"
        config = uvicorn.Config(factory, factory=True, workers=workers, **options)
        with scratch() as counts:
            os.environ[COUNTS] = counts
            Multiprocess(config, sockets=[address]).run()
