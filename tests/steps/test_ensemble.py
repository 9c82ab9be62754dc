"""Blends as candidates."""

import json
import warnings

import mlflow
import numpy as np
import pytest

from reprise.data.prepared_table import PreparedTable
from reprise.errors import RepriseError
from reprise.models.families import get_family
from reprise.training.candidates import best_candidate, find_candidates
from reprise.training.model_record import log_record, record_trained
from reprise.training.train import train
from steps.command import command_of
from tests.workshop import again, fitted_by_hand, prepared, raw_table, trained


def trained_forest(table: PreparedTable) -> str:
    """The id of a run that trained a small forest."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_rf"}) as run:
        found = train(get_family("rf"), table.learning_rows(), {"n_estimators": 20}, 1, 1)
        log_record(record_trained(found, table.schema))
    return str(run.info.run_id)


def blend(table: PreparedTable, *runs: str) -> str:
    """The id of a run of ensemble."""
    tags = {"mlflow.project.entryPoint": "ensemble"}
    with mlflow.start_run(tags=tags) as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's, about where prices.csv may come from
        command_of("ensemble").callback(
            candidates=",".join(runs), table=table.uri, metric="auto", seed=1
        )
    return str(run.info.run_id)


def test_a_blend_is_a_candidate_and_each_member_is_fitted_again(workshop, tmp_path):
    raw = raw_table(1, rows=300)
    raw["price"] += 1.5 * raw["b"].abs()  # lines for one family, a bend for the other
    table = prepared(tmp_path / "bent", raw)
    runs = [trained(table, 0.001), trained_forest(table), trained(table, 0.9)]
    run_id = blend(table, *runs)
    run = mlflow.get_run(run_id)
    shares = {each["run"]: each["weight"] for each in json.loads(run.data.tags["reprise.members"])}
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares) == runs[:2]  # the last adds nothing
    rows, weights = raw_table(2), list(shares.values())
    members = [mlflow.pyfunc.load_model(f"runs:/{one}/model").predict(rows) for one in shares]
    expected = members[0] * weights[0] + members[1] * weights[1]
    assert np.array_equal(mlflow.pyfunc.load_model(f"runs:/{run_id}/model").predict(rows), expected)
    # Measured on rows that had no say, it beats both, and so it is registered.
    candidates = find_candidates(",".join([*runs, run_id]))
    best = best_candidate(candidates, "rmse", table)
    assert best.run_id == run_id
    again(table, best, "blend")
    version = mlflow.MlflowClient().get_model_version("blend", "1")
    assert version.tags["reprise.family"] == "ensemble"
    assert "Blend of models, fitted on 240 rows" in version.description
    assert f"weight 1 (elasticnet) {weights[0]:.2f}" in version.description
    loaded = mlflow.pyfunc.load_model("models:/blend/1").unwrap_python_model().model
    assert loaded.weights == weights
    alone = fitted_by_hand(table, 0.001).predict(rows)
    assert np.array_equal(loaded.members[0].predict(rows), alone)


def test_a_blend_that_is_one_member_does_not_beat_it(workshop):
    runs = [workshop.runs[name] for name in ("good", "bad")]
    candidates = find_candidates(",".join([*runs, blend(workshop.table, *runs)]))
    one, _, other = (each.run.data.metrics["validation_rmse"] for each in candidates)
    assert one == other
    best = best_candidate(candidates, "rmse", workshop.table)
    assert best.run_id == workshop.runs["good"]


def test_what_cannot_be_blended_is_refused(workshop):
    good, bad, other = (workshop.runs[name] for name in ("good", "bad", "of another table"))
    whole = blend(workshop.table, good, bad)
    with pytest.raises(RepriseError, match="at least two"):
        blend(workshop.table, good)
    with pytest.raises(RepriseError, match=f"got run {whole}, a blend"):
        blend(workshop.table, good, whole)
    with pytest.raises(RepriseError, match="trained on another table"):
        blend(workshop.table, good, other)
