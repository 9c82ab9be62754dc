"""The application by itself: whom a request can harm, and what holds it back."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from reprise.inference.http_app import make_app

from .models import ROW, loaded

JSON = "application/json"
MB = 1 << 20


class Client:
    """Asks an application without a socket."""

    def __init__(self, app: Any, state: dict[str, Any] | None = None) -> None:
        self.app, self.state = app, state or {}

    async def ask(
        self, path: str, body: bytes | None = None, kind: str | None = JSON
    ) -> tuple[int, Any]:
        """(status, content) of the answer; POST where there is a body."""
        given = {} if body is None or kind is None else {"content-type": kind}
        start, content = await self._sent("GET" if body is None else "POST", path, given, body)
        return start["status"], _strict(content)

    async def status(self, method: str, path: str) -> int:
        """The status of the answer."""
        return int((await self._sent(method, path))[0]["status"])

    async def text(self, path: str) -> str:
        """The text of a page that is read."""
        return (await self._sent("GET", path))[1].decode()

    async def headers(self, method: str, path: str, given: dict[str, str]) -> dict[str, str]:
        """Those of the answer."""
        start, _ = await self._sent(method, path, given)
        return {name.decode(): value.decode() for name, value in start["headers"]}

    async def _sent(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode("utf-8", "replace"),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [
                (name.lower().encode(), value.encode()) for name, value in (headers or {}).items()
            ],
            "server": ("test", 80),
            "client": ("test", 1),
            "scheme": "http",
            "http_version": "1.1",
            "state": dict(self.state),
        }
        sent: list[dict[str, Any]] = []
        incoming = iter([{"type": "http.request", "body": body or b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            return next(incoming, {"type": "http.disconnect"})

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await asyncio.wait_for(self.app(scope, receive, send), 20)
        return sent[0], b"".join(message.get("body", b"") for message in sent[1:])

    async def predict(self, *records: Any) -> tuple[int, Any]:
        """The answer to records."""
        return await self.ask("/predict", json.dumps(records).encode())


def _strict(content: bytes) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(content, parse_constant=refuse) if content.strip() else None


def asking(
    act: Callable[[Client], AsyncIterator[Any]] | Any, classes: list[Any] | None = None
) -> Any:
    """What `act` returns, given a client of a fresh application."""

    async def run() -> Any:
        return await act(Client(make_app(loaded(classes), MB)))

    return asyncio.run(run())


SPLIT = {"columns": list(ROW), "data": [list(ROW.values())]}
NESTED = [
    {"dataframe_split": {**SPLIT, "columns": [[name, "x"] for name in ROW]}},
    {"dataframe_split": {**SPLIT, "columns": [{"a": 1}, "flag", "seen", "who"]}},
    {"dataframe_split": {**SPLIT, "columns": {"size": 1}}},
    {"dataframe_split": {**SPLIT, "columns": "size"}},
    {"dataframe_split": {**SPLIT, "data": [{"size": 1}]}},
    {"dataframe_split": {**SPLIT, "data": {"size": [1]}}},
    {"dataframe_split": [SPLIT]},
    {"dataframe_split": {**SPLIT, "data": [[[1], True, "31/01/2024", "Ann"]]}},
    {"dataframe_records": [{**ROW, "who": {"a": {"b": 1}}}]},
    {"inputs": {name: {"0": value} for name, value in ROW.items()}},
    {"inputs": {**{name: [value] for name, value in ROW.items()}, "size": [1, 2]}},
    {"instances": [[1, 2, 3, 4]]},
]


@pytest.mark.parametrize("content", NESTED)
def test_nested_names_and_values_are_refused_and_the_next_request_is_answered(content):
    async def act(client: Client) -> None:
        status, found = await client.ask("/invocations", json.dumps(content).encode())
        assert status == 400, found
        assert (await client.ask("/ping"))[0] == 200
        assert await client.predict(ROW) == (200, [{"predicted": 5.0}])

    asking(act)


def test_values_nested_as_deeply_as_json_goes_are_refused():
    async def act(client: Client) -> None:
        for depth in (900, 990, 995):
            nested = "[" * depth + "]" * depth
            body = json.dumps(ROW).replace('"Ann"', nested).encode()
            assert (await client.ask("/predict", body))[0] == 400
        assert (await client.predict(ROW))[0] == 200

    asking(act)


def test_a_model_that_ends_its_thread_costs_one_answer_and_no_more(capfd):
    async def act(client: Client) -> None:
        status, found = await client.predict({**ROW, "size": -1})
        assert (status, found["error_code"]) == (500, "INTERNAL_ERROR")
        assert (await client.predict(ROW))[0] == 200

    asking(act)
    assert "SystemExit" in capfd.readouterr().err


def test_ping_fails_when_nothing_predicts_any_more(monkeypatch):
    async def act(client: Client) -> None:
        monkeypatch.setattr("reprise.inference.micro_batching.Together.alive", False)
        assert (await client.ask("/ping"))[0] == (await client.ask("/health"))[0] == 503
        assert (await client.predict(ROW))[0] == 500

    asking(act)


def test_a_number_that_no_float32_holds_is_named_and_spoils_no_other_row():
    async def act(client: Client) -> None:
        sizes = [1.0, 1e39, 2.0, -1e300, 3.0] * 10
        answers = await asyncio.gather(
            *(client.predict(ROW, {**ROW, "size": size}) for size in sizes)
        )
        for size, (status, found) in zip(sizes, answers, strict=True):
            if abs(size) > 1e38:
                assert status == 400
                assert (
                    f"column 'size' must hold numbers up to 3.4e+38, got {size!r} in row 2"
                    in (found["message"])
                )
            else:
                assert (status, found[1]) == (200, {"predicted": 2 * size})

    asking(act)


def test_a_prediction_that_is_no_number_is_null():
    async def act(client: Client) -> None:
        assert await client.predict({**ROW, "size": -2}) == (200, [{"predicted": None}])
        odd = {**ROW, "size": 1e38}
        assert (await client.predict({**ROW, "size": -2}, odd))[0] == 200

    async def classes(client: Client) -> None:
        status, found = await client.predict({**ROW, "size": -2}, ROW)
        assert status == 200
        assert [each["predicted"] for each in found] == [None, "a"]
        assert found[0]["probability of a"] is None

    asking(act)
    asking(classes, ["a", "b"])


@pytest.mark.parametrize(
    "kind", [None, "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; b=x"]
)
@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_a_body_must_say_that_it_is_json(kind, path):
    async def act(client: Client) -> None:
        status, found = await client.ask(path, json.dumps([ROW]).encode(), kind)
        assert status == 415
        assert "curl -H 'Content-Type: application/json'" in found["message"]

    asking(act)


def test_a_long_request_lets_others_in_between_and_names_its_own_rows(monkeypatch):
    monkeypatch.setattr("reprise.inference.micro_batching._MOST_ROWS", 100)

    async def act(client: Client) -> None:
        many = [{**ROW, "size": float(number)} for number in range(250)]
        status, found = await client.predict(*many)
        assert (status, len(found)) == (200, 250)
        assert [each["predicted"] for each in found] == [2.0 * n for n in range(250)]
        many[222]["size"] = 1e39
        assert "in row 223" in (await client.predict(*many))[1]["message"]

    asking(act)


def test_bodies_that_wait_have_only_so_much_room(monkeypatch):
    monkeypatch.setattr("reprise.inference.bodies._BODIES", 0)

    async def act(client: Client) -> None:
        status, found = await client.predict(ROW)
        assert (status, found["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        monkeypatch.setattr("reprise.inference.bodies._BODIES", 1)
        assert (await client.predict(ROW))[0] == 200

    asking(act)


def test_a_message_is_short_however_long_what_it_quotes_is():
    async def act(client: Client) -> None:
        _, found = await client.predict({**ROW, "size": "x" * 100_000})
        assert "must hold a number" in found["message"]
        assert len(found["message"]) < 600

    asking(act)
