"""Requests as an operator sees them: their names, and the access log."""

import asyncio
import json

import pytest
from starlette.types import Send

from reprise.inference.access_log import access_log
from reprise.inference.http_app import make_app
from reprise.inference.http_connection import CROWDED
from reprise.inference.monitor import Monitor
from reprise.inference.observing import Observed
from tests.metrics import Scraped

from .models import ROW, loaded
from .test_http_app import JSON, MB, Client

KEYS = ["time", "method", "path", "status", "ms", "rows", "request_id"]


def logged(capfd, act, log="json"):
    """The lines of the access log of what `act` asks."""
    asyncio.run(act(Client(make_app(loaded(), MB, log))))
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_each_request_is_a_line_of_json_that_holds_no_value_of_a_row(capfd):
    async def act(client: Client) -> None:
        secret = {**ROW, "who": "Ann Other", "size": 61.25}
        await client.predict(secret, secret)
        await client.predict({**secret, "size": "Ann Other"})
        await client.status("GET", "/ping")
        await client.status("GET", "/a\n\x00\u2028\ud800" + "x" * 10_000)

    lines = logged(capfd, act)
    assert [list(line) for line in lines] == [KEYS] * 4
    assert [(line["status"], line["rows"]) for line in lines] == [
        (200, 2),
        (400, None),
        (200, None),
        (404, None),
    ]
    assert lines[0]["method"] == "POST"
    assert lines[0]["path"] == "/predict"
    assert 0 < lines[0]["ms"] < 20_000
    assert lines[0]["time"].endswith("+00:00")
    assert not any(word in json.dumps(lines) for word in ("Ann", "61.25", "Other"))
    assert all(len(json.dumps(line)) < 4096 for line in lines)
    assert len({line["request_id"] for line in lines}) == 4


def test_there_is_no_log_unless_it_is_asked_for(capfd):
    async def act(client: Client) -> None:
        await client.predict(ROW)

    assert logged(capfd, act, "none") == []


def test_the_name_of_a_request_comes_back_and_stands_in_the_log(capfd):
    async def act(client: Client) -> None:
        headers = await client.headers("GET", "/ping", {"X-Request-ID": "a-1/2:3"})
        assert headers["x-request-id"] == "a-1/2:3"

    assert [line["request_id"] for line in logged(capfd, act)] == ["a-1/2:3"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\r\nSet-Cookie: b", "é", "\x7f"])
def test_a_name_that_no_header_should_have_is_replaced(capfd, given):
    async def act(client: Client) -> None:
        headers = await client.headers("GET", "/ping", {"X-Request-ID": given})
        assert len(headers["x-request-id"]) == 32
        assert headers["x-request-id"].isalnum()

    assert len(logged(capfd, act)) == 1


def test_a_log_that_nobody_reads_any_more_costs_no_answer(monkeypatch):
    def broken(*_: object) -> None:
        raise BrokenPipeError

    async def act() -> None:
        monkeypatch.setattr("os.write", broken)
        client = Client(make_app(loaded(), MB, "json"))
        assert (await client.predict(ROW))[0] == 200

    asyncio.run(act())


def test_where_too_many_are_connected_nothing_is_predicted_but_an_operator_is_answered():
    async def act() -> None:
        client = Client(make_app(loaded(), MB), {CROWDED: True})
        status, found = await client.ask("/predict", json.dumps([ROW]).encode(), JSON)
        assert (status, found["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        assert await client.status("GET", "/ping") == 200
        assert 'kind="unavailable"} 1.0' in await client.text("/metrics")

    asyncio.run(act())


def test_an_answer_in_several_parts_is_one_request(capfd):
    async def parts(_: object, __: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for part in (b"a", b"b", b"c"):
            await send({"type": "http.response.body", "body": part, "more_body": part != b"c"})

    async def act() -> None:
        monitor = Monitor(loaded())
        client = Client(Observed(parts, monitor, access_log("json")))
        assert await client.text("/ping") == "abc"
        assert Scraped(monitor.text().decode()).sum("reprise_requests_total") == 1

    asyncio.run(act())
    assert len(capfd.readouterr().out.splitlines()) == 1
