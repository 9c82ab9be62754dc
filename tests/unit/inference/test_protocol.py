"""What a request may ask for beside predictions, and how it is refused."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from reprise.inference.http_app import make_app
from reprise.predictor import Conformal

from .models import ROW, loaded
from .test_http_app import MB, Client, asking


def bounded(act: Any, classes: list[Any] | None = None) -> Any:
    """What `act` returns, given a client of a model that knows its errors."""
    known = loaded(classes)
    known.model.conformal = Conformal(np.array([0.5, 1.0, 6.0]))

    async def run() -> Any:
        return await act(Client(make_app(known, MB)))

    return asyncio.run(run())


def test_bounds_come_where_a_coverage_is_asked_for():
    asked = {"dataframe_records": [ROW], "params": {"output": "interval", "coverage": 0.5}}

    async def act(client: Client) -> None:
        record = {"predicted": 5.0, "lower": 4.0, "upper": 6.0}
        one = json.dumps(ROW).encode()
        assert await client.ask("/predict?coverage=0.5", one) == (200, [record])
        assert await client.ask("/predict", one) == (200, [{"predicted": 5.0}])
        found = await client.ask("/invocations", json.dumps(asked).encode())
        assert found == (200, {"predictions": [record]})

    bounded(act)


def test_sets_come_for_classes():
    async def act(client: Client) -> None:
        status, found = await client.ask("/predict?coverage=0.75", json.dumps(ROW).encode())
        assert (status, found[0]["set"]) == (200, ["a", "b"])

    bounded(act, ["a", "b"])


@pytest.mark.parametrize(
    ("coverage", "why"),
    [("0.9", "at most 0.75"), ("1", "from 0 to below 1"), ("x", "from 0"), ("-1", "from 0")],
)
def test_a_coverage_that_cannot_be_had_is_a_bad_request(coverage, why):
    async def act(client: Client) -> None:
        status, found = await client.ask(f"/predict?coverage={coverage}", json.dumps(ROW).encode())
        assert (status, why in found["message"]) == (400, True), found
        params = {"output": "interval", "coverage": coverage}
        asked = {"dataframe_records": [ROW], "params": params}
        status, found = await client.ask("/invocations", json.dumps(asked).encode())
        assert (status, why in found["message"]) == (400, True), found

    bounded(act)


def test_a_model_that_does_not_know_its_errors_says_so():
    async def act(client: Client) -> None:
        status, found = await client.ask("/predict?coverage=0.5", json.dumps(ROW).encode())
        assert (status, "train it again" in found["message"]) == (400, True)
        status, found = await client.ask("/predict?reach=1", json.dumps(ROW).encode())
        assert (status, "'reach'" in found["message"]) == (400, True)

    asking(act)
