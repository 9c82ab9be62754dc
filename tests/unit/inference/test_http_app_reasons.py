"""The application asked why: reasons beside predictions, within bounds."""

import asyncio
import json

from reprise.inference.http_app import make_app

from .models import ROW, Telling, loaded
from .test_http_app import MB, Client


def test_reasons_come_where_they_are_asked_for():
    every = {"predicted": 5.0, "base": 1.0, "contribution of size": 4.0} | {
        f"contribution of {name}": 0.0 for name in ("flag", "seen", "who")
    }

    async def act() -> None:
        client, one = Client(make_app(loaded(None, Telling), MB)), json.dumps(ROW).encode()
        record = {"reason_1": "size", "contribution_1": 4.0}
        nothing = {"reason_2": None, "contribution_2": None}
        found = await client.ask("/predict?reasons=2", one)
        assert found == (200, [{"predicted": 5.0, **record, **nothing}])
        asked = {"dataframe_records": [ROW], "params": {"output": "reasons"}}
        found = await client.ask("/invocations", json.dumps(asked).encode())
        assert found == (200, {"predictions": [every]})
        for wrong in ("5", "-1", "x", "²", "1" * 400):
            status, found = await client.ask(f"/predict?reasons={wrong}", one)
            assert (status, "reasons must be" in found["message"]) == (400, True), found

    asyncio.run(act())


def test_reasons_that_would_take_too_long_are_refused_at_once(monkeypatch):
    monkeypatch.setattr(Telling, "work_of_reasons", 1e10)

    async def act() -> None:
        client = Client(make_app(loaded(None, Telling), MB))
        status, found = await client.ask("/predict?reasons=1", json.dumps([ROW] * 3).encode())
        assert status == 413
        assert "at most 2 rows" in found["message"]
        assert (await client.ask("/predict?reasons=1", json.dumps([ROW] * 2).encode()))[0] == 200
        assert (await client.ask("/predict", json.dumps([ROW] * 3).encode()))[0] == 200

    asyncio.run(act())
