"""Requests as an operator sees them: each is counted, named, and logged where that is wanted."""

import re
import time
import uuid

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

from reprise.inference.access_log import Log
from reprise.inference.monitor import Course, Monitor

# A name that a client gives a request goes into a header and into the log.
_NAME = re.compile(rb"[\x21-\x7e]{1,128}")
_HEADER = b"x-request-id"
_ERROR_OF = {404: "not_found", 405: "method_not_allowed", 500: "model_failed"}


def course_of(scope: Scope) -> Course:
    """The course of a request."""
    found: Course = scope.setdefault("state", {}).setdefault("course", Course())
    return found


class Observed:
    """An application whose requests are observed; `X-Request-ID` comes back, or is made."""

    def __init__(self, app: Starlette, monitor: Monitor, log: Log) -> None:
        self._app, self._monitor, self._log = app, monitor, log

    @property
    def routes(self) -> list[BaseRoute]:
        """Those of the application."""
        return self._app.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        name = _name_of(scope)
        course = course_of(scope)
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, name)]
            elif not message.get("more_body"):
                # Whoever has the answer finds it counted.
                self._note(scope, course, status, time.perf_counter() - started, name.decode())
            await send(message)

        await self._app(scope, receive, observed)

    def _note(self, scope: Scope, course: Course, status: int, seconds: float, name: str) -> None:
        method, path = scope["method"], scope["path"]
        course.error = course.error or _ERROR_OF.get(status, "")
        self._monitor.answered(method, path, status, seconds, course)
        self._log(
            method=method,
            path=path,
            status=status,
            seconds=seconds,
            rows=course.rows,
            request_id=name,
        )


def _name_of(scope: Scope) -> bytes:
    given = next((value for key, value in scope["headers"] if key == _HEADER), b"")
    return given if _NAME.fullmatch(given) else uuid.uuid4().hex.encode()
