"""A job: one forked process that takes on its client's surroundings and calls one function.

    job     {"pid": …}                                 as soon as it lives
    client  {"preload": ["module", …]}                 any number, to import ahead
    client  {"function": "module:name", "arguments": […], "directory": …, "environment": {…},
             "client": [pid, start]}
            together with the descriptors of stdin, stdout and stderr
    client  {"signal": number}                         to pass Ctrl-C on
    client  {"leave": true}                            the server is to end after its present jobs
    job     {"status": number}                         what the function returned

A job whose client is gone ends as after SIGTERM, and is killed where that is not enough.
"""

import atexit
import gc
import os
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from reprise.runtime import identity
from reprise.runtime.channel import Channel, Message

_GRACE_SECONDS = 3.0
_server: Path | None = None
_server_pid = 0


def own_server() -> Path | None:
    """The socket of the server that this process is a job of; None where it is no job."""
    return _server


def live(connection: socket.socket, server: Path, server_pid: int) -> NoReturn:
    """Be the job of this connection to a server, to the end of the process."""
    global _server, _server_pid
    _server, _server_pid = server, server_pid
    os.setsid()
    # Whatever the job forks must not hold its line to the client open.
    os.register_at_fork(after_in_child=connection.close)
    channel, status = Channel(connection), 1
    try:
        with suppress(OSError):  # who asks the server to leave does not wait for this
            channel.send({"pid": os.getpid()})
        status = _work(channel)
    except EOFError:
        pass  # the client is gone
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            channel.send({"status": status})
        os._exit(status)


def _work(channel: Channel) -> int:
    message = channel.receive()
    while "preload" in message:
        load(tuple(message["preload"]))
        message = channel.receive()
    if "leave" in message:
        if os.getppid() == _server_pid:  # whoever else is our parent has inherited us
            os.kill(_server_pid, signal.SIGTERM)
        return 0
    if channel.is_cut():
        raise EOFError("nobody waits for this any more")
    _take_on(message, channel.descriptors)
    gc.freeze()  # collecting what has been imported would write to pages that jobs share
    gc.enable()
    threading.Thread(target=_obey, args=(channel,), daemon=True).start()
    module, _, name = message["function"].partition(":")
    status: int = getattr(import_module(module), name)(*message["arguments"])
    atexit._run_exitfuncs()  # os._exit leaves them out, and temporary folders would stay
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on the client may hang up
    return status


def _take_on(message: Message, descriptors: list[int]) -> None:
    identity.work_for(*message["client"])
    os.chdir(message["directory"])
    os.environ.clear()
    os.environ.update(message["environment"])
    time.tzset()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = open(number, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)


def _obey(channel: Channel) -> None:
    """Pass the client's signals on; end where the client ends."""
    try:
        while True:
            os.kill(os.getpid(), channel.receive()["signal"])
    except (OSError, EOFError):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)


def load(modules: tuple[str, ...]) -> None:
    """Import these modules."""
    for name in modules:
        import_module(name)
