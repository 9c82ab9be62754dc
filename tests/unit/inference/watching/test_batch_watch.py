"""Batches of rows in files, held against those that a cheap model learned from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.data.drift.row_profile import RowProfile
from reprise.data.reference import Reference
from reprise.data.row_stream import Rows, open_rows
from reprise.errors import RepriseError
from reprise.evaluation.prediction import Prediction
from reprise.inference.batch_scoring import plan
from reprise.inference.load import LoadedModel
from reprise.inference.watching.batch_watch import Watched, watch
from reprise.inference.watching.judgement import parse_limits
from reprise.inference.watching.out_of_sample import OutOfSample
from reprise.predictor import plain_features
from tests.unit.inference.models import KINDS, loaded

ROLES = {"size": "number", "flag": "boolean", "seen": "date", "who": "category"}
GATE = "drift<=0.05,missing<=0.03,unreadable<=0,predictions<=0.1,worse<=0.1,novel<=0.05"


def draw(seed: int, rows: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 60, rows), "D")
    size = generator.normal(5, 1, rows)
    return pd.DataFrame(
        {
            "size": size,
            "flag": generator.uniform(size=rows) < 0.3,
            "seen": days.strftime("%d/%m/%Y"),
            "who": generator.choice(["Ann", "Bo", "Cy"], rows, p=[0.6, 0.3, 0.1]),
            "y": 2 * size + generator.normal(0, 1, rows),
        }
    )


def known_model() -> LoadedModel:
    profile = RowProfile.of([plain_features(draw(0, 800), KINDS)], ROLES)
    return replace(loaded(), reference=Reference(800, {}, {}, (), profile))


def out_of_sample() -> OutOfSample:
    rows = draw(1, 300)
    return OutOfSample("test", rows["y"], Prediction(2 * rows["size"].to_numpy()))


def watched(table: pd.DataFrame, rows: Rows | None = None) -> Watched:
    table.to_csv("rows.csv", index=False)
    model, read = known_model(), rows or open_rows("rows.csv")
    conditions = parse_limits(GATE, "regression")
    return watch(model, read, plan(model, read, []), out_of_sample(), conditions, 0.01)


def moved(found: Watched) -> set[str]:
    return {each.named for each in found.moved}


def test_a_batch_like_the_rows_of_training_is_ok_with_and_without_targets():
    found = watched(draw(2, 500))
    assert (found.verdict, found.rows, moved(found)) == ("OK", 500, set())
    assert found.now.rows == 500
    assert found.before.metrics["rmse"] == pytest.approx(1, abs=0.15)
    found = watched(draw(3, 500).drop(columns="y"))
    assert (found.verdict, found.now, found.before) == ("OK", None, None)
    assert "worse" not in found.sizes


def test_each_change_is_named_with_its_column():
    table = draw(4, 500)
    table["size"] += 0.5
    found = watched(table)
    assert found.verdict == "ALARM"
    assert {"drift of 'size'", "predictions of 'predicted'"} <= moved(found)
    table = draw(5, 500).astype({"size": "object", "who": "object"})
    table.loc[::8, "who"] = None
    table.loc[7, "size"] = "unknown"
    found = watched(table)
    assert moved(found) == {"missing of 'who'", "unreadable of 'size'"}
    table = draw(6, 500)
    table["y"] = 20 - table["y"]
    assert moved(watched(table)) == {"worse"}


def test_the_same_batch_gives_the_same_json_however_it_is_cut():
    table = draw(7, 500)
    table.loc[::9, "size"] += 40
    first = watched(table).to_json()
    whole = open_rows("rows.csv")

    def in_pieces(names):
        for batch in whole.read(names):
            for start in range(0, len(batch.table), 130):
                yield replace(batch, table=batch.table.slice(start, 130), before=start, _made={})

    assert watched(table).to_json() == first
    pieces = watched(table, replace(whole, read=in_pieces)).to_json()
    assert pieces["findings"] == first["findings"]
    assert pieces["distributions"] == first["distributions"]
    assert first["verdict"] == "ALARM"


def test_a_model_that_does_not_know_its_rows_and_a_table_without_rows_are_refused():
    draw(1, 20).to_csv("rows.csv", index=False)
    rows = open_rows("rows.csv")
    model = loaded()
    with pytest.raises(RepriseError, match="an earlier version"):
        watch(model, rows, plan(model, rows, []), None, [], 0.01)
    Path("empty.csv").write_text("size,flag,seen,who\n")
    model, rows = known_model(), open_rows("empty.csv")
    with pytest.raises(RepriseError, match="must have rows"):
        watch(model, rows, plan(model, rows, []), None, [], 0.01)
