"""The ASGI application that serves one model."""

import asyncio
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from mlflow.version import VERSION
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from reprise.inference.access_log import access_log
from reprise.inference.bodies import Bodies
from reprise.inference.bounds import BadRequest, Bounds
from reprise.inference.http_connection import CROWDED
from reprise.inference.load import LoadedModel, load_model
from reprise.inference.micro_batching import Together
from reprise.inference.monitor import Monitor
from reprise.inference.observing import Observed, course_of
from reprise.inference.openapi import description
from reprise.inference.protocol import JSON, PARQUET, Request, parse_invocation, parse_records
from reprise.inference.responses import error_response, invocation_response, records_response
from reprise.inference.series import CONTENT_TYPE
from reprise.predictor import Extras, NotOffered, WrongValue
from reprise.tracking.contract import (
    SERVED_COUNTS_VARIABLE,
    SERVED_DIGEST_VARIABLE,
    SERVED_LIMIT_VARIABLE,
    SERVED_LOG_VARIABLE,
    SERVED_MODEL_VARIABLE,
)

# What a worker process is told by the one that starts it.
MODEL, DIGEST, LIMIT = SERVED_MODEL_VARIABLE, SERVED_DIGEST_VARIABLE, SERVED_LIMIT_VARIABLE
LOG, COUNTS = SERVED_LOG_VARIABLE, SERVED_COUNTS_VARIABLE
_CODES = {
    400: "BAD_REQUEST",
    413: "REQUEST_LIMIT_EXCEEDED",
    415: "BAD_REQUEST",
    503: "TEMPORARILY_UNAVAILABLE",
}
_ERRORS = {400: "bad_request", 413: "too_large", 415: "unsupported_type", 503: "unavailable"}
# Larger bodies, and those that say a lot in a few bytes, wait for each other: small ones need not
# wait for them, and there is room for the rows of those that are read.
_SMALL_BYTES = 64 << 10
_LARGE_AT_ONCE = 2
# An answer with more rows is not written by the thread that listens.
_FEW_ROWS = 1000


def app_from_environment() -> Observed:
    """The application of a worker process, its model loaded before it listens."""
    loaded = load_model(os.environ[MODEL], store=False, digest=os.environ[DIGEST])
    return make_app(loaded, int(os.environ[LIMIT]), os.environ[LOG], Path(os.environ[COUNTS]))


def make_app(
    loaded: LoadedModel, limit: int, log: str = "none", counts: Path | None = None
) -> Observed:
    """An application for a loaded model that takes bodies of at most `limit` bytes.

    GET /ping and /health answer 200 while the model can predict, else 503; /version gives
    MLflow's; /metrics what was asked and predicted, in Prometheus' text format, /openapi.json what
    there is to ask. POST /invocations is MLflow's scoring protocol, POST /predict takes and gives
    JSON records. Errors are JSON of `error_code` and `message`: 400, 413, 415, 503.
    The `log` of requests is one of access_log.LOGS; processes that serve together name a folder for
    their `counts`.
    """
    monitor = Monitor(loaded, counts)
    service = _Service(loaded, limit, monitor)
    described = description(loaded, limit)

    async def ping(_: HttpRequest) -> Response:
        return Response("\n", 200 if service.alive else 503, media_type=JSON)

    async def version(_: HttpRequest) -> Response:
        return Response(VERSION, media_type=JSON)

    def metrics(_: HttpRequest) -> Response:
        return Response(monitor.text(), headers={"Content-Type": CONTENT_TYPE})

    async def openapi(_: HttpRequest) -> Response:
        return Response(described, media_type=JSON)

    def post(answer: Callable[[HttpRequest], Awaitable[bytes]]) -> Any:
        async def endpoint(request: HttpRequest) -> Response:
            return await _answered(request, answer)

        return endpoint

    routes: list[Any] = [
        Route("/ping", ping),
        Route("/health", ping),
        Route("/version", version),
        Route("/metrics", metrics),
        Route("/openapi.json", openapi),
        Route("/invocations", post(service.invoke), methods=["POST"]),
        Route("/predict", post(service.predict), methods=["POST"]),
    ]
    return Observed(Starlette(routes=routes), monitor, access_log(log))


class _Service:
    """The work of one process: bodies are read, parsed, predicted and answered side by side."""

    def __init__(self, loaded: LoadedModel, limit: int, monitor: Monitor) -> None:
        self._model = model = loaded.model
        self._classes = model.classes
        self._bounds = Bounds(dict(model.kinds), len(model.classes or [0]), limit)
        self._bodies = Bodies(self._bounds)
        self._together = Together(model, monitor.predicted)
        self._small, self._large = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._few = asyncio.Semaphore(_LARGE_AT_ONCE)

    @property
    def alive(self) -> bool:
        """Whether it can predict."""
        return self._together.alive

    async def invoke(self, request: HttpRequest) -> bytes:
        """The answer to a request to /invocations."""

        def parse(body: bytes, content_type: str) -> Request:
            return parse_invocation(body, content_type, self._bounds, self._classes is not None)

        return await self._answer(request, parse, invocation_response)

    async def predict(self, request: HttpRequest) -> bytes:
        """The answer to a request to /predict."""

        def parse(body: bytes, content_type: str) -> Request:
            return parse_records(body, content_type, self._bounds, request.query_params)

        return await self._answer(request, parse, records_response)

    async def _answer(
        self,
        request: HttpRequest,
        parse: Callable[[bytes, str], Request],
        response: Callable[..., bytes],
    ) -> bytes:
        loop = asyncio.get_running_loop()
        async with self._bodies.read(request) as body:
            kind = request.headers.get("content-type", "")
            is_small = len(body) <= _SMALL_BYTES and PARQUET not in kind.lower()
            readers = self._small if is_small else self._large
            async with nullcontext() if is_small else self._few:
                asked = await loop.run_in_executor(readers, parse, body, kind)
                course_of(request.scope).rows = len(asked.rows)
                asked.extras.check(self._model)
                outputs = await self._together.outputs(asked.rows)
                if len(outputs) <= _FEW_ROWS and asked.extras == Extras():
                    return response(outputs, self._classes, asked.output, {})
                return await loop.run_in_executor(readers, self._respond, response, asked, outputs)

    def _respond(
        self, response: Callable[..., bytes], asked: Request, outputs: np.ndarray
    ) -> bytes:
        extras = asked.extras.columns(self._model, asked.rows, outputs)
        return response(outputs, self._classes, asked.output, extras)


async def _answered(
    request: HttpRequest, answer: Callable[[HttpRequest], Awaitable[bytes]]
) -> Response:
    """The response to a request; a defect of ours is told to the log, not to the client."""
    course = course_of(request.scope)
    try:
        if request.scope["state"].get(CROWDED):
            raise BadRequest("the server has too many connections: try again later", 503)
        return Response(await answer(request), media_type=JSON)
    except (BadRequest, WrongValue, NotOffered) as error:
        status = error.status if isinstance(error, BadRequest) else 400
        course.column = column = getattr(error, "column", None)
        course.error = "wrong_value" if column else _ERRORS[status]
        return Response(error_response(str(error), _CODES[status]), status, media_type=JSON)
    except ClientDisconnect:
        course.error = "disconnected"
        return Response(status_code=400)
    except Exception:
        print(f"{request.method} {request.url.path} failed:", file=sys.stderr)
        traceback.print_exc()
        content = error_response("the model failed; the server's log says why", "INTERNAL_ERROR")
        return Response(content, 500, media_type=JSON)
