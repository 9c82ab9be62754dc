"""Connections that end where a client keeps them without need: slow, silent or endless ones."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Of a request line with its headers, and of what frames the parts of a body, for each byte of it.
_HEAD_BYTES = 64 << 10
_FRAME = 8
# Within so many seconds headers are complete, and so many bytes go one way or the other.
_HEAD_SECONDS = 10
_BODY_SECONDS = 30
_BODY_BYTES = 1 << 20
# From the first number on nothing is predicted, which 503 says; beyond the second nobody is let in.
_CONNECTIONS, _MOST_CONNECTIONS = 400, 800
# Requests that one connection may send before the first of them is answered.
_WAITING = 100
# What the state of a request says so by.
CROWDED = "crowded"


class GuardedConnection(HttpToolsProtocol):
    """uvicorn's protocol with what it leaves open: limits for headers, and time for everything."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self._frame = self._body = 0
        self._in_head = self._in_body = False

    # The type is uvicorn's, narrower than that of asyncio.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request, but not for ever."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # whatever is not sent is waited for
        if len(self.connections) > _MOST_CONNECTIONS:
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_reading_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, unless it is too much beside the body."""
        self._frame += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._frame > _HEAD_BYTES + _FRAME * self._body:
            self.transport.abort()
        elif self._reading is None and self._is_idle():
            self._await_head()  # blank lines before a request are no request

    def on_message_begin(self) -> None:
        """A request begins: its headers must come soon."""
        super().on_message_begin()
        self._in_head, self._frame, self._body = True, min(self._frame, _HEAD_BYTES), 0
        if self._reading is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """Its body must come, however slowly."""
        self._in_head, self._in_body = False, True
        self._stop_reading_timer()
        self._reading = self.loop.call_later(_BODY_SECONDS, self._await_body, _BODY_BYTES)
        self.scope["state"][CROWDED] = len(self.connections) >= _CONNECTIONS
        super().on_headers_complete()
        if len(self.pipeline) > _WAITING:
            raise ValueError("too many requests at once")  # the parser takes no more

    def on_body(self, body: bytes) -> None:
        """A part of it."""
        self._body += len(body)
        self._frame = max(0, self._frame - len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there: now it is our turn."""
        self._in_body, self._frame = False, 0
        self._stop_reading_timer()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write: it must go on reading."""
        super().pause_writing()
        if self._writing is None:
            self._await_reader(self.transport.get_write_buffer_size() + _BODY_BYTES)

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _is_idle(self) -> bool:
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self._in_head and not self._in_body

    def _await_head(self) -> None:
        self._reading = self.loop.call_later(_HEAD_SECONDS, self._give_up)

    def _await_body(self, before: int) -> None:
        # Whoever has his answer does not go on for ever.
        if self._body < before or self.cycle.response_complete:
            self._give_up()
            return
        after = self._body + _BODY_BYTES
        self._reading = self.loop.call_later(_BODY_SECONDS, self._await_body, after)

    def _await_reader(self, before: int) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting > before - _BODY_BYTES:
            self._give_up()
            return
        self._writing = self.loop.call_later(_BODY_SECONDS, self._await_reader, waiting)

    def _stop_reading_timer(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _give_up(self) -> None:
        # Also where it is closing: what is left to write may wait for ever.
        self.transport.abort()
