"""Bodies of requests: in memory only as far as there is room for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from reprise.inference.bounds import BadRequest, Bounds

# Bodies of the largest size for which there is room at once.
_BODIES = 8


class Bodies:
    """Reads bodies, and knows what all those hold together that are not yet answered."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._held = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """The body of a request, kept while its context lasts.

        Raises BadRequest as soon as it is known to be too large, or where there is no room.
        """
        announced = request.headers.get("content-length", "0")
        self._bounds.check_bytes(int(announced) if announced.isdigit() else 0)
        body, held = bytearray(), 0
        try:
            async for part in request.stream():
                self._bounds.check_bytes(len(body) + len(part))
                if self._held + len(part) > _BODIES * self._bounds.bytes:
                    raise BadRequest("the server holds too many large bodies: try again later", 503)
                self._held += len(part)
                held += len(part)
                body += part
            yield bytes(body)
        finally:
            self._held -= held
