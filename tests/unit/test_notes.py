"""Names and notes of runs: readable, and whatever a table holds is text in them."""

import mlflow
import pytest
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from reprise import notes
from reprise.lineage.names import run_name
from reprise.markdown import code, plain, table

NASTY = "<script>alert(1)</script> **bold** [a](http://x) | `code` <img src=x>"
ID = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("entry_point", "parameters", "name"),
    [
        ("main", {"data": "/a/houses.csv", "target": "price"}, "main: price of houses.csv"),
        ("main", {"data": "sklearn:iris", "target": "target"}, "main: target of iris"),
        ("main", {}, "main"),  # its parameters were wrong
        ("prepare", {"data": "https://x.org/a.csv.gz?token=secret"}, "prepare: a.csv.gz"),
        ("train_rf", {"table": f"runs:/{ID}/table", "seed": 1}, "train_rf"),
        ("train_rf", {"n_estimators": 500, "max_features": "0.50"}, "train_rf: n_estimators 500"),
        ("tune", {"model": "gbm", "trials": 20}, "tune: gbm, 20 trials"),
        ("register", {"model_name": "prices"}, "register: prices"),
        ("compare", {"runs": f"{ID},{ID}"}, "compare: 01234567 and 01234567"),
        ("reproduce", {"of": f"runs:/{ID}/model"}, "reproduce: runs:/01234567/model"),
    ],
)
def test_a_run_is_called_by_what_tells_it_apart(entry_point, parameters, name):
    assert run_name(entry_point, parameters) == name


def test_what_stands_in_markdown_is_neither_markdown_nor_html():
    shown = plain(NASTY)
    assert "<" not in shown
    for mark in ("\\*\\*bold", "\\[a\\]", "\\|", "&lt;script&gt;"):
        assert mark in shown
    assert code(NASTY).count("`") == 2
    assert "\\|" in code(NASTY)
    assert table(["a"], [[plain("b\nc")]]).splitlines() == ["| a |", "| --- |", "| b c |"]


def test_a_run_that_fails_has_its_reason_as_its_note():
    (text,) = notes.failed(f"target must be a column, got '{NASTY}'", "what it told").values()
    assert text.startswith("**Failed:** target must be a column, got '&lt;script&gt;")
    assert text.endswith("\n\nwhat it told")


def test_a_cached_run_has_the_note_of_the_one_it_stands_for():
    with mlflow.start_run(tags={MLFLOW_RUN_NOTE: "what came out"}) as run:
        pass
    earlier = mlflow.get_run(run.info.run_id)
    told = notes.cached(earlier)[MLFLOW_RUN_NOTE]
    assert told.endswith("what came out")
    link = f"(#/experiments/{earlier.info.experiment_id}/runs/{earlier.info.run_id})"
    assert link in told
