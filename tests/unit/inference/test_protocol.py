"""What a request may ask for beside predictions, and how it is refused."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reprise.data.prepared_table import Part
from reprise.data.row_stream import open_rows
from reprise.evaluation.prediction import Prediction
from reprise.inference.batch_scoring import plan, score
from reprise.inference.http_app import make_app
from reprise.inference.prediction_file import Output
from reprise.predictor import Conformal, Extras, with_extras
from reprise.training.conformal_scores import conformal_of

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


@pytest.mark.parametrize("coverage", [0, 10**400, True, None, [0.5]])
def test_an_interval_of_no_coverage_is_a_bad_request(coverage):
    async def act(client: Client) -> None:
        params = {"output": "interval", "coverage": coverage}
        asked = {"dataframe_records": [ROW], "params": params}
        status, found = await client.ask("/invocations", json.dumps(asked).encode())
        assert (status, "coverage" in found["message"]) == (400, True), found

    bounded(act, ["a", "b"])


def test_a_model_that_does_not_know_its_errors_says_so():
    async def act(client: Client) -> None:
        status, found = await client.ask("/predict?coverage=0.5", json.dumps(ROW).encode())
        assert (status, "train it again" in found["message"]) == (400, True)
        status, found = await client.ask("/predict?reach=1", json.dumps(ROW).encode())
        assert (status, "'reach'" in found["message"]) == (400, True)

    asking(act)


def test_bounds_are_the_same_to_the_last_bit_in_python_in_score_and_served():
    draw = np.random.default_rng(5)
    table = pd.DataFrame([ROW] * 300).assign(size=draw.normal(size=300))
    known = loaded()
    model = known.model
    said = model.predict(table)
    actual = pd.Series(said + draw.normal(size=300) * (1 + 4 * (said > 0)))
    part = Part(model.plain(table), actual)
    model.conformal = conformal_of("regression", part, Prediction(said), 1)
    assert model.conformal.difficulty is not None
    expected = with_extras(model, table, Extras(coverage=0.9))
    assert expected["upper"].sub(expected["predicted"]).nunique() > 20

    table.to_parquet("rows.parquet")
    rows = open_rows("rows.parquet")
    with Output(Path("out.parquet")) as output:
        score(known, rows, plan(known, rows, [], Extras(coverage=0.9)), output)
    pd.testing.assert_frame_equal(pd.read_parquet("out.parquet"), expected, check_exact=True)

    async def act(client: Client) -> None:
        for some in (slice(0, 1), slice(7, 9), slice(0, 300)):
            records = json.dumps(table[some].to_dict("records")).encode()
            status, found = await client.ask("/predict?coverage=0.9", records)
            assert (status, found) == (200, expected[some].to_dict("records"))

    asyncio.run(act(Client(make_app(known, MB))))
