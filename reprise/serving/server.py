"""The server process, or several that share one port."""

import os
import socket
from contextlib import suppress

import uvicorn
from uvicorn.supervisors import Multiprocess

from reprise.errors import RepriseError
from reprise.loading import LoadedModel
from reprise.serving.app import LIMIT, MEGABYTE, MODEL, make_app

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


def serve(loaded: LoadedModel, address: socket.socket, workers: int, megabytes: int) -> None:
    """Serve a model until the process is told to end; requests that have begun are answered.

    SIGTERM and SIGINT end it well. With several `workers` each is a process with a model of its
    own, and one that dies is replaced.
    """
    limit = megabytes * MEGABYTE
    options = {
        "log_level": "warning",
        "access_log": False,
        "timeout_graceful_shutdown": _SHUTDOWN_SECONDS,
    }
    with suppress(KeyboardInterrupt):  # uvicorn passes a signal on when it has shut down
        if workers == 1:
            config = uvicorn.Config(make_app(loaded, limit), **options)
            uvicorn.Server(config).run(sockets=[address])
            return
        os.environ |= {MODEL: loaded.uri, LIMIT: str(limit)}
        factory = "reprise.serving.app:app_from_environment"
        config = uvicorn.Config(factory, factory=True, workers=workers, **options)
        Multiprocess(config, sockets=[address]).run()
