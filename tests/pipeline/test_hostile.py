"""A server under hostile requests: whoever asks a good one is answered, as if nothing were."""

import json

import pandas as pd
import pytest

from bench.hostile import memory, under_attack
from bench.hostile_draws import drawn
from bench.hostile_requests import requests_of

from .conftest import Shop
from .serving import serve

GIGABYTE = 1024.0


@pytest.mark.slow
def test_hostile_requests_cost_no_good_one_its_answer(shop: Shop, tmp_path):
    rows = pd.read_csv(shop.table).drop(columns="kind of flower").head(1)
    (row,) = json.loads(rows.to_json(orient="records"))
    requests = requests_of(row) | drawn(row, 5)
    assert len(requests) >= 200
    server = serve(shop, tmp_path / "log.txt", "models:/flowers@champion")
    try:
        _, before = server.post("/predict", [row])
        _, count = under_attack(server.port, row, requests, 5.0, 2)
        assert count > 20
        assert server.post("/predict", [row]) == (200, before)
        assert server.ask("GET", "/ping")[0] == 200
        assert memory(server.process.pid) < GIGABYTE
    finally:
        assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()
