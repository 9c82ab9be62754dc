"""Messages between a client and its job: JSON objects over a Unix socket, one a line."""

import json
import socket
from multiprocessing.connection import wait
from typing import Any

Message = dict[str, Any]


class Channel:
    """One end of the line; file descriptors travel with the message that they are sent with."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.descriptors: list[int] = []
        self.unread = b""

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self.connection.fileno()

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def send(self, message: Message, *descriptors: int) -> None:
        """Send one message; OSError where the other end is gone."""
        data = json.dumps(message).encode() + b"\n"
        sent = socket.send_fds(self.connection, [data], descriptors) if descriptors else 0
        self.connection.sendall(data[sent:])

    def receive(self) -> Message:
        """Wait for the next message; EOFError where the other end is gone."""
        while b"\n" not in self.unread:
            self._read()
        line, _, self.unread = self.unread.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def received(self) -> list[Message]:
        """The messages that are there already, without waiting; EOFError as above."""
        while wait([self.connection], timeout=0):
            try:
                self._read()
            except EOFError:
                if not self.unread:
                    raise
                break
        *lines, self.unread = self.unread.split(b"\n")
        return [json.loads(line) for line in lines]

    def is_cut(self) -> bool:
        """Whether the other end is gone, and has left nothing to read."""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def _read(self) -> None:
        try:
            data, found, _, _ = socket.recv_fds(self.connection, 65536, 3)
        except ConnectionError:
            data, found = b"", []
        if not data:
            raise EOFError("the other end is gone")
        self.unread += data
        self.descriptors += found
