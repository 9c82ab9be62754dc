"""The documents of a fitted model, as values."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import Part
from reprise.data.split_rule import Split, SplitOptions
from reprise.evaluation.evidence import Evidence
from reprise.evaluation.permutation_importance import Importance
from reprise.evaluation.prediction import Prediction
from reprise.reports.model_documents import documents
from reprise.reports.model_page import ModelFacts

Y = pd.Series([1.0, 2.0, 4.0], name="price")
IMPORTANCE = Importance("rmse", pd.DataFrame({"column": ["größe"], "mean": [1.5], "std": [0.1]}))
CURVES = {"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]}
ALWAYS = {
    "card.html",
    "evidence.json",
    "predictions/validation.parquet",
    "plots/predicted_against_actual.png",
    "plots/residuals.png",
}


def written(importance=None, curves=None, measured=True):
    raw = RawTable.of(pd.DataFrame({"größe": np.arange(40.0), "price": np.arange(40.0)}))
    schema = prepare(raw, "t", "price", "auto", SplitOptions(Split(), 0.2, 0.2, 1)).schema
    facts = ModelFacts("A <model>", schema, {"validation_rmse": 1.25}, ("Shares", {"rf": 1.0}))
    part, prediction = Part(pd.DataFrame({"größe": Y}), Y), Prediction(Y.to_numpy() + 1)
    shown = {"importance": {"metric": "rmse", "rows": [{"column": "größe", "mean": 1, "std": 0}]}}
    return documents(facts, Evidence(part, prediction, importance, shown, curves or {}, measured))


@pytest.mark.parametrize(
    ("importance", "curves", "further"),
    [
        (None, None, set()),
        (IMPORTANCE, None, {"importance.csv", "plots/importance.png"}),
        (None, CURVES, {"plots/loss_curve.png"}),
    ],
)
def test_there_is_a_document_for_all_that_is_known(importance, curves, further):
    found = written(importance, curves)
    assert set(found) == ALWAYS | further
    pictures = [content for name, content in found.items() if name.endswith(".png")]
    assert all(content.startswith(b"\x89PNG") for content in pictures)


def test_the_importance_that_a_blend_has_from_its_members_is_told_and_not_drawn():
    assert set(written(IMPORTANCE, measured=False)) == ALWAYS | {"importance.csv"}


def test_documents_say_what_they_were_given_and_twice_the_same():
    found = written(IMPORTANCE)
    assert json.loads(found["evidence.json"])["importance"]["rows"][0]["column"] == "größe"
    assert "A &lt;model&gt;" in found["card.html"].decode()
    assert "1.25" in found["card.html"].decode()
    assert found["importance.csv"].decode() == "column,mean,std\ngröße,1.5,0.1\n"
    table = pd.read_parquet(io.BytesIO(found["predictions/validation.parquet"]))
    assert table.to_dict("list") == {"actual": [1, 2, 4], "predicted": [2, 3, 5]}
    assert found == written(IMPORTANCE)
