"""Mains on the rows that a query picks: scored, found again, and told when they move."""

import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

from .prover import Prover, stop

pytestmark = pytest.mark.slow
SMALL = ("--models", "elasticnet", "--tune_model", "none", "--ensemble", "none", "--target", "y")


def table(rows: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(3)
    found = pd.DataFrame({"a": random.normal(size=rows), "b": np.arange(rows) % 7})
    return found.assign(c=np.tile(["x", "y"], rows // 2), y=3 * found["a"] + found["b"])


def test_a_main_on_files_that_are_joined_is_cached_scored_and_reproduced(tmp_path):
    prover = Prover(tmp_path)
    table().to_csv(prover.table, sep=";", index=False, encoding="utf-16")
    regions = pd.DataFrame({"b": range(7), "region": list("NNSSEEW")})
    regions.to_csv(tmp_path / "regions.csv", index=False)
    query = "select a, region, y from data join 'regions.csv' using (b) where c <> 'y' order by a"
    data = ("--data", str(prover.table), "--query", query)
    done = prover.step("main", *data, *SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    first = prover.runs("main")[0].info.run_id
    assert f"prepare: query: {query}" in done.stdout
    done = prover.step("score", "--model", "models:/reprise@champion", *data, "--output", "p.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(pd.read_csv(tmp_path / "p.csv")) == 100
    assert prover.reproduce(first).found["verdict"] == "identical"
    done = prover.step("main", *data, *SMALL)
    assert "cached" in done.stdout.lower()
    prepared = [run.data.tags["reprise.input.data"] for run in prover.runs("prepare")]
    regions.assign(region="N").to_csv(tmp_path / "regions.csv", index=False)
    moved = prover.reproduce(first)
    assert moved.found["verdict"] == "different"
    assert "or a file that its query names has changed since" in moved.printed
    done = prover.step("main", *data, *SMALL)
    assert prover.runs("prepare")[0].data.tags["reprise.input.data"] not in prepared
    stop(prover)


def test_a_main_on_sqlite_comes_out_again_until_its_rows_change(tmp_path):
    prover = Prover(tmp_path)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        table().to_sql("sales", connection, index_label="id")
    query = "select a, b, y from sales where c = 'x' order by id"
    data = ("--data", f"sqlite:///{tmp_path}/shop.db", "--query", query)
    done = prover.step("main", *data, *SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    first = prover.runs("main")[0].info.run_id
    assert prover.reproduce(first).found["verdict"] == "identical"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("update sales set y = 0 where id = 4")
        connection.commit()
    moved = prover.reproduce(first)
    assert moved.found["verdict"] == "different"
    assert "shop.db' has changed since" in moved.printed
    stop(prover)
