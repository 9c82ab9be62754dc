"""The address of a Dask scheduler: checked before anything runs."""

import re
import socket

from reprise.errors import RepriseError

_ADDRESS = re.compile(r"tcp://([^\s/:\[\]]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
_ANSWER_SECONDS = 3
_LAST_PORT = 65535


def check_scheduler(scheduler: str) -> None:
    """Raise RepriseError where `scheduler` is not `local`, and no tcp://host:port that answers."""
    if scheduler == "local":
        return
    address = _ADDRESS.fullmatch(scheduler)
    if not (address and int(address[2]) <= _LAST_PORT):
        raise RepriseError(
            f"scheduler must be local or tcp://host:port, got '{scheduler}': correct the address"
        )
    try:
        socket.create_connection((address[1].strip("[]"), int(address[2])), _ANSWER_SECONDS).close()
    except OSError as error:
        raise no_scheduler(scheduler, error.strerror or str(error)) from None


def no_scheduler(scheduler: str, reason: str) -> RepriseError:
    """The error that there is no Dask scheduler at this address."""
    return RepriseError(
        f"scheduler must be a running Dask scheduler, got '{scheduler}', {reason}: "
        "start `dask scheduler`, or use scheduler=local"
    )
