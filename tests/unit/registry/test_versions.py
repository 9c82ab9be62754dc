"""What a registered version says of itself, and what it does."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from reprise.errors import RepriseError
from reprise.registry.promotion import register
from reprise.registry.versions import changed_since, state_digest
from reprise.training.candidates import find_candidates, open_test_part
from tests.workshop import prepared, put, raw_table, trained, versions


def test_nothing_is_registered_where_the_gate_fails(workshop):
    with pytest.raises(RepriseError, match="the gate must hold"):
        put(workshop, "bad", "gated", gate="r2>=0.999")
    assert versions("gated") == []
    with pytest.raises(mlflow.MlflowException):
        mlflow.MlflowClient().get_registered_model("gated")


def test_a_version_leads_back_to_run_table_and_data(workshop):
    put(workshop, "good", "led back")
    version = mlflow.MlflowClient().get_model_version("led back", "1")
    run = mlflow.get_run(workshop.runs["good"])
    assert version.tags["reprise.run"] == run.info.run_id == version.run_id
    assert version.tags["reprise.table"] == workshop.table.uri
    assert version.tags["reprise.data"] == "prices.csv"
    assert version.tags["reprise.family"] == "elasticnet"
    assert version.tags["reprise.digest.model"] == run.data.tags["reprise.digest.model"]
    assert version.tags["reprise.digest.table"] == run.data.tags["reprise.input.table"]
    assert float(version.tags["test_r2"]) > 0.9


def test_a_registered_champion_predicts_raw_rows(workshop):
    put(workshop, "good", 'it\'s "raw"')
    model = mlflow.pyfunc.load_model('models:/it\'s "raw"@champion')
    rows = raw_table(1).drop(columns="price")
    values = model.predict(rows[["c, d", "b", "a"]])
    assert np.corrcoef(values, raw_table(1)["price"])[0, 1] > 0.99


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"reprise.candidate": "{good}"}, "files.json is missing"),
        ({}, "the tag reprise.candidate is missing"),
    ],
)
def test_a_register_run_that_has_lost_a_tag_stands_for_nothing_any_more(workshop, tags, said):
    shown = {
        "reprise.model_name": "none",
        "reprise.digest.registry": state_digest("none"),
        **{name: text.format(**workshop.runs) for name, text in tags.items()},
    }
    with mlflow.start_run(tags=shown) as run:
        mlflow.log_param("refit", "train+validation")
    assert changed_since(mlflow.get_run(run.info.run_id)) == said


@pytest.mark.slow
def test_the_description_of_a_wide_table_has_room_in_the_database(tmp_path):
    more = pd.DataFrame({f"column number {n}": range(n, n + 120) for n in range(300)})
    wide = pd.concat([raw_table(1), more], axis=1)
    table = prepared(tmp_path / "wide", wide)
    (candidate,) = find_candidates(trained(table, 0.9))
    tested = open_test_part(candidate, table)
    outcome = register(candidate, table, tested, "wide", "if-better")
    description = mlflow.MlflowClient().get_model_version("wide", "1").description
    assert len(description) <= 5000
    assert description.startswith("Predicts **price** (regression) from 303 columns")
    assert "column number 299" in outcome.card
