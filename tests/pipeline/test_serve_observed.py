"""serve as an operator sees it: metrics over all workers, its description, its log."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import psutil
import pytest
from openapi_spec_validator import validate

from bench.hostile_draws import drawn
from bench.hostile_requests import requests_of
from reprise.inference.monitor import PATHS
from tests.metrics import Scraped

from .conftest import Shop
from .serving import Server, serve

WORKERS, CLIENTS, EACH = 2, 4, 25
COURSE = ("reprise_rows_total", "reprise_request_rows_count")
MODEL = "models:/flowers@champion"
LENGTH = "petal length (cm)"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    server = serve(shop, log, MODEL, "--workers", str(WORKERS), "--access_log", "json")
    yield server
    assert server.stop() == 0, log.read_text()


@pytest.fixture(scope="module")
def row(shop: Shop) -> dict:
    rows = pd.read_csv(shop.table).drop(columns="kind of flower").head(1)
    return json.loads(rows.to_json(orient="records"))[0]


def scraped(server: Server) -> Scraped:
    status, text = server.ask("GET", "/metrics")
    assert status == 200
    return Scraped(text)


def settled(server: Server) -> Scraped:
    """The same once nothing is predicted any more of what clients did not wait for."""
    deadline = time.monotonic() + 120
    before = scraped(server)
    while time.monotonic() < deadline:
        assert server.ask("GET", "/ping")[0] == 200
        time.sleep(1.0)
        after = scraped(server)
        if all(after.of(name) == before.of(name) for name in COURSE):
            return after
        before = after
    raise AssertionError("the server goes on predicting")


def log_lines(server: Server) -> list[dict]:
    """Lines of the access log; what else the server says is no JSON."""
    return [json.loads(line) for line in server.log.read_text().splitlines() if line[:1] == "{"]


def test_the_example_of_the_description_is_answered(server):
    found = json.loads(server.ask("GET", "/openapi.json")[1])
    validate(found)
    assert found["info"]["title"] == "flowers"
    for path in ("/predict", "/invocations"):
        example = found["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        status, answer = server.post(path, example["example"])
        assert status == 200, answer


def test_exact_counts_of_several_workers(server, row):
    before = scraped(server)
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = clients.map(lambda _: server.post("/predict", [row] * 3)[0], range(60))
        assert set(answers) == {200}
    after = scraped(server)
    for name, expected in (
        ("reprise_rows_total", 180),
        ("reprise_request_rows_count", 60),
        ("reprise_request_rows_sum", 180),
    ):
        assert after.of(name) - before.of(name) == expected
    seconds = {"path": "/predict"}
    assert after.of("reprise_request_seconds_count", **seconds) == 60 + before.of(
        "reprise_request_seconds_count", **seconds
    )


def test_each_request_is_a_line_of_the_log_whichever_worker_answers(server, row):
    before = len(log_lines(server))
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: server.post("/predict", [row, row]), range(40)))
    lines = log_lines(server)[before:]
    assert [(line["path"], line["status"], line["rows"]) for line in lines] == [
        ("/predict", 200, 2)
    ] * 40
    assert len({line["request_id"] for line in lines}) == 40


def test_counts_of_several_workers_under_load_and_hostile_requests_add_up(server, row):
    before = scraped(server)

    def ask(number: int) -> None:
        for turn in range(EACH):
            odd = {**row, LENGTH: (None, 99.0, row[LENGTH])[(number + turn) % 3]}
            assert server.post("/predict", [row, odd])[0] == 200
            assert server.post("/predict", [{**row, LENGTH: "long"}])[0] == 400

    hostile = list((requests_of(row) | drawn(row, 2)).values())[::6]
    with ThreadPoolExecutor(CLIENTS + 1) as clients:
        attack = clients.submit(lambda: [send(server.port, each) for each in hostile])
        list(clients.map(ask, range(CLIENTS)))
        attack.result()
    after = settled(server)
    asked = CLIENTS * EACH
    # Hostile requests may be good ones as well: no less than what was asked here, and it adds up.
    good = {"method": "POST", "path": "/predict", "status": "200"}
    assert (
        after.of("reprise_requests_total", **good)
        >= before.of("reprise_requests_total", **good) + asked
    )
    wrong = {"column": LENGTH}
    for name, least in (
        ("reprise_wrong_values_total", asked),
        ("reprise_missing_values_total", asked // 3),
        ("reprise_out_of_range_values_total", asked // 3),
    ):
        assert after.of(name, **wrong) >= before.of(name, **wrong) + least
    assert after.of("reprise_rows_total") == after.sum("reprise_predicted_labels_total") + after.of(
        "reprise_null_predictions_total"
    )
    assert after.of("reprise_rows_total") == after.of("reprise_batch_rows_sum")
    assert after.sum("reprise_request_seconds_count") == after.sum("reprise_requests_total")
    # No client made a series, and whichever worker answers says the same but for the asking.
    assert {name for name, _ in before} == {name for name, _ in after}
    assert after.labels("reprise_requests_total", "path") <= set(PATHS)
    for number in range(1, 8):
        again = scraped(server)
        assert again.of("reprise_rows_total") == after.of("reprise_rows_total")
        scrapes = {"method": "GET", "path": "/metrics", "status": "200"}
        assert again.of("reprise_requests_total", **scrapes) == number + after.of(
            "reprise_requests_total", **scrapes
        )


def test_what_a_worker_has_counted_outlives_it(shop, row, tmp_path):
    server = serve(shop, tmp_path / "log.txt", MODEL, "--workers", str(WORKERS))
    try:
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda _: server.post("/predict", [row]), range(40)))
        before = scraped(server).of("reprise_rows_total")
        assert before == 40
        for worker in psutil.Process(server.process.pid).children():
            if "spawn_main" in " ".join(worker.cmdline()):
                os.kill(worker.pid, signal.SIGKILL)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if server.post("/predict", [row])[0] == 200:
                    break
            except OSError:
                time.sleep(0.2)
        assert scraped(server).of("reprise_rows_total") == before + 1
    finally:
        assert server.stop() == 0


def send(port: int, request: bytes) -> None:
    """A request as it goes over the wire; what is answered is nobody's business."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.sendall(request)
            connection.recv(65_536)
    except OSError:
        return
