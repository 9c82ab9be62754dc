"""The ASGI application that serves one model."""

import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from mlflow.version import VERSION
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from reprise.loading import LoadedModel, load_model
from reprise.serving.messages import (
    JSON,
    BadRequest,
    error_response,
    invocation_response,
    parse_invocation,
    parse_records,
    records_response,
)
from reprise.serving.together import Together

# What a worker process is told by the one that starts it.
MODEL, LIMIT = "REPRISE_SERVED_MODEL", "REPRISE_SERVED_LIMIT"
MEGABYTE = 1 << 20
_CODES = {400: "BAD_REQUEST", 413: "REQUEST_LIMIT_EXCEEDED", 415: "BAD_REQUEST"}

Answer = Callable[[bytes, str], Awaitable[bytes]]


def app_from_environment() -> Starlette:
    """The application of a worker process, its model loaded before it listens."""
    return make_app(load_model(os.environ[MODEL]), int(os.environ[LIMIT]))


def make_app(loaded: LoadedModel, limit: int) -> Starlette:
    """An application for a loaded model that takes bodies of at most `limit` bytes.

    GET /ping and /health answer 200, for there is no application before the model is loaded;
    /version gives MLflow's version. POST /invocations is MLflow's scoring protocol, POST /predict
    takes and gives JSON records. Errors are JSON of `error_code` and `message`: 400, 413, 415.
    """
    model = loaded.model
    predictions = Together(model)

    async def invoke(body: bytes, content_type: str) -> bytes:
        request = parse_invocation(body, content_type, model.kinds, model.classes is not None)
        outputs = await predictions.outputs(request.rows)
        return invocation_response(outputs, model.classes, request.output)

    async def predict(body: bytes, _: str) -> bytes:
        return records_response(await predictions.outputs(parse_records(body)), model.classes)

    def post(answer: Answer) -> Callable[[HttpRequest], Awaitable[Response]]:
        async def endpoint(request: HttpRequest) -> Response:
            return await _answered(request, answer, limit)

        return endpoint

    async def ping(_: HttpRequest) -> Response:
        return Response("\n", media_type=JSON)

    async def version(_: HttpRequest) -> Response:
        return Response(VERSION, media_type=JSON)

    routes: list[Any] = [
        Route("/ping", ping),
        Route("/health", ping),
        Route("/version", version),
        Route("/invocations", post(invoke), methods=["POST"]),
        Route("/predict", post(predict), methods=["POST"]),
    ]
    return Starlette(routes=routes)


async def _answered(request: HttpRequest, answer: Answer, limit: int) -> Response:
    """The response to a request; a defect of ours is told to the log, not to the client."""
    try:
        body = await _body(request, limit)
        return Response(
            await answer(body, request.headers.get("content-type", "")), media_type=JSON
        )
    except BadRequest as error:
        content = error_response(str(error), _CODES[error.status])
        return Response(content, error.status, media_type=JSON)
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        print(f"{request.method} {request.url.path} failed:", file=sys.stderr)
        traceback.print_exc()
        content = error_response("the model failed; the server's log says why", "INTERNAL_ERROR")
        return Response(content, 500, media_type=JSON)


async def _body(request: HttpRequest, limit: int) -> bytes:
    """The body, refused as soon as it is known to be larger than `limit` bytes."""
    announced = request.headers.get("content-length", "0")
    parts, size = [], int(announced) if announced.isdigit() else 0
    if size <= limit:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > limit:
                break
            parts.append(part)
    if size > limit:
        raise BadRequest(
            f"a body must have at most {limit / MEGABYTE:g} MB: send fewer rows at once", 413
        )
    return b"".join(parts)
