"""/metrics: what Prometheus' own parser reads of it, and that no client can make it grow."""

import asyncio
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reprise.data.reference import Reference
from reprise.inference.http_app import make_app
from reprise.inference.monitor import Course, Monitor
from tests.metrics import Scraped

from .models import ROW, Doubling, loaded
from .test_column_counts import MIXED, REFERENCE
from .test_http_app import MB, Client

QUANTILES = [1.0, 2.0, 4.0]
KNOWN = replace(loaded(), reference=replace(REFERENCE, quantiles=QUANTILES))


def after(act, model=KNOWN) -> Scraped:
    """What /metrics shows after `act` with a client of a fresh application."""

    async def run() -> str:
        client = Client(make_app(model, MB))
        await act(client)
        return await client.text("/metrics")

    return Scraped(asyncio.run(run()))


def test_requests_rows_values_and_predictions_are_counted_as_prometheus_reads_them():
    async def act(client: Client) -> None:
        for size, who in ((0.5, "Ann"), (2.0, "Eve"), (None, "Bob"), (9.0, None)):
            assert (await client.predict({**ROW, "size": size, "who": who}))[0] == 200
        assert (await client.predict(ROW, ROW, {**ROW, "size": -2}))[0] == 200

    found = after(act)
    asked = {"method": "POST", "path": "/predict", "status": "200"}
    assert found.of("reprise_requests_total", **asked) == 5
    assert found.sum("reprise_requests_total") == 5
    assert found.sum("reprise_errors_total") == 0
    assert found.of("reprise_request_seconds_count", path="/predict") == 5
    assert 0 < found.of("reprise_request_seconds_sum", path="/predict") < 20
    assert found.of("reprise_request_rows_bucket", le="1.0") == 4
    assert found.of("reprise_request_rows_sum") == 7
    assert found.of("reprise_batch_rows_sum") == found.of("reprise_rows_total") == 7
    assert found.of("reprise_missing_values_total", column="size") == 1
    assert found.of("reprise_missing_values_total", column="who") == 1
    assert found.of("reprise_out_of_range_values_total", column="size") == 3
    assert found.of("reprise_unseen_values_total", column="who") == 1
    # 2 x 0.5, 4, 0, 18, 5, 5 and one that is no number.
    assert found.of("reprise_null_predictions_total") == 1
    assert [found.of("reprise_predictions_bucket", le=f"{edge}") for edge in QUANTILES] == [2, 2, 3]
    assert found.of("reprise_predictions_count") == 6
    assert found.of("reprise_predictions_sum") == 33


def test_labels_are_counted_for_classes():
    async def act(client: Client) -> None:
        sizes = (1.0, 1.0, 0.0, -2)
        assert (await client.predict(*({**ROW, "size": size} for size in sizes)))[0] == 200

    found = after(act, loaded(["a", 'b\n"c"']))
    # The first of equals.
    assert found.of("reprise_predicted_labels_total", label="a") == 3
    assert found.labels("reprise_predicted_labels_total", "label") == {"a", 'b�"c"'}
    assert found.of("reprise_null_predictions_total") == 1
    assert "reprise_predictions" not in found.families


def test_a_model_of_an_earlier_version_shows_nothing_that_it_does_not_know():
    async def act(client: Client) -> None:
        assert (await client.predict(ROW))[0] == 200

    found = after(act, loaded())
    assert not found.labels("reprise_unseen_values_total", "column")
    assert not found.labels("reprise_out_of_range_values_total", "column")
    assert found.labels("reprise_missing_values_total", "column") == set(ROW)
    assert found.of("reprise_predictions_bucket", le="+Inf") == 1
    assert found.of("reprise_predictions_sum") == 5


def test_every_mistake_is_counted_by_its_kind_and_a_wrong_value_by_its_column(monkeypatch):
    async def act(client: Client) -> None:
        assert (await client.predict({**ROW, "size": "big"}))[0] == 400
        assert (await client.predict({**ROW, "size": 1e39}))[0] == 400
        assert (await client.ask("/predict", b"{"))[0] == 400
        assert (await client.ask("/predict", b"[]", "text/plain"))[0] == 415
        assert (await client.ask("/predict", b" " * (MB + 1)))[0] == 413
        assert (await client.predict({**ROW, "size": -1}))[0] == 500
        monkeypatch.setattr("reprise.inference.bodies._BODIES", 0)
        assert (await client.predict(ROW))[0] == 503
        assert await client.status("GET", "/predict") == 405
        assert await client.status("GET", "/nothing") == 404

    found = after(act)
    kinds = {
        "wrong_value": 2,
        "bad_request": 1,
        "unsupported_type": 1,
        "too_large": 1,
        "model_failed": 1,
        "unavailable": 1,
        "not_found": 1,
        "method_not_allowed": 1,
        "disconnected": 0,
    }
    assert {kind: found.of("reprise_errors_total", kind=kind) for kind in kinds} == kinds
    assert found.sum("reprise_errors_total") == 9
    assert found.of("reprise_wrong_values_total", column="size") == 2
    assert found.sum("reprise_requests_total") == 9
    assert found.of("reprise_rows_total") == 0


def test_hostile_paths_and_methods_make_no_new_series():
    async def act(client: Client) -> None:
        for number in range(200):
            await client.status(f"BREW{number}", f'/{number}\n"}} 1')
            await client.status("GET", f"/predict/{number}")

    found = after(act)
    assert found.labels("reprise_requests_total", "path") == {"other"}
    assert found.labels("reprise_requests_total", "method") == {"other", "GET"}
    assert found.sum("reprise_requests_total") == 400
    assert found.of("reprise_errors_total", kind="not_found") == 400


NAMES = ["a\nb", 'quoted "', "back\\slash", "x" * 500 + "1", "x" * 500 + "2", "", "é 🎈"]


def test_any_name_of_a_column_or_class_is_a_label_and_too_many_share_one():
    model = Doubling([f"{name}{number}" for number in range(50) for name in NAMES])
    model.kinds = dict.fromkeys(NAMES, "number") | {f"c{n}": "number" for n in range(3000)}
    monitor = Monitor(replace(loaded(), model=model, target="\n\ud800"))
    rows = pd.DataFrame({name: [np.nan] for name in model.kinds})
    outputs = np.zeros((1, len(model.classes or [])))
    outputs[0, -1] = 1
    monitor.predicted(rows, outputs)
    text = monitor.text()
    found = Scraped(text.decode())
    columns = found.labels("reprise_missing_values_total", "column")
    assert len(columns) <= 201
    assert found.sum("reprise_missing_values_total") == 3007
    assert found.of("reprise_missing_values_total", column="x" * 100) == 2
    assert len(found.labels("reprise_predicted_labels_total", "label")) <= 101
    assert found.of("reprise_predicted_labels_total", label="other") == 1
    assert len(text) < 200_000


@pytest.mark.parametrize("value", [1e308, -1e308, 1e-300])
def test_predictions_of_any_size_are_counted(value):
    monitor = Monitor(KNOWN)
    monitor.predicted(MIXED, np.full(5, value))
    assert Scraped(monitor.text().decode()).of("reprise_predictions_count") == 5


def test_workers_show_the_same_whoever_is_asked(tmp_path):
    both = [Monitor(KNOWN, tmp_path) for _ in range(2)]
    for monitor in both:
        monitor.predicted(MIXED, np.ones(5))
        monitor.answered("POST", "/predict", 200, 0.1, Course(5))
    texts = [monitor.text() for monitor in both]
    assert texts[0] == texts[1]
    assert Scraped(texts[0].decode()).of("reprise_rows_total") == 10


def test_reference_of_other_columns_is_ignored():
    other = Reference(1, {"gone": (0.0, 1.0), "who": (0.0, 1.0)}, {"size": ["a"]})
    monitor = Monitor(replace(loaded(), reference=other))
    monitor.predicted(MIXED, np.ones(5))
    found = Scraped(monitor.text().decode())
    assert found.sum("reprise_missing_values_total") == 5
