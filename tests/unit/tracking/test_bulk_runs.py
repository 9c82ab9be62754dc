"""Runs recorded at once: what MLflow's own calls would have left."""

from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow.entities import Run

from reprise.tracking import bulk_runs
from reprise.tracking.bulk_runs import FinishedRun, log_finished_runs

RUNS = [
    FinishedRun(
        f"trial {number}",
        status,
        1_700_000_000_000 + number,
        1_700_000_000_500 + number,
        {"alpha": repr(0.1 + number), "text": "é'"},
        {"cv_rmse": 1 / 3 + number, "fold_0_rmse": 5e-324, "seconds": 1e300},
        {"reprise.trial": str(number)},
    )
    for number, status in enumerate(["FINISHED", "FAILED", "FINISHED"])
]


@pytest.fixture
def parent() -> Run:
    with mlflow.start_run() as run:
        dataset = mlflow.data.from_numpy(np.arange(6.0), name="train")
        mlflow.log_input(dataset, context="train")
    return mlflow.get_run(run.info.run_id)


def children(parent: Run) -> list[dict[str, Any]]:
    """Everything that MLflow tells of them but their ids."""
    where = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    found = mlflow.MlflowClient().search_runs([parent.info.experiment_id], where)
    told = []
    for run in sorted(found, key=lambda run: run.info.start_time):
        info = {**dict(run.info), "run_id": None, "run_uuid": None, "artifact_uri": None}
        assert run.info.artifact_uri.endswith(f"/{run.info.run_id}/artifacts")
        metrics = [metric.to_dictionary() | {"run_id": None} for metric in run.data._metric_objs]
        history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "cv_rmse")
        told.append(
            {
                "info": info,
                "params": run.data.params,
                "tags": run.data.tags,
                "metrics": sorted(metrics, key=lambda metric: metric["key"]),
                "history": [(point.value, point.timestamp, point.step) for point in history],
                "inputs": [given.to_dictionary() for given in run.inputs.dataset_inputs],
            }
        )
    return told


def test_a_transaction_leaves_what_mlflows_own_calls_leave(parent, monkeypatch):
    log_finished_runs(parent, RUNS)
    at_once = children(parent)
    with mlflow.start_run() as other:
        mlflow.log_input(mlflow.data.from_numpy(np.arange(6.0), name="train"), context="train")
    monkeypatch.setattr(bulk_runs, "is_database", lambda _: False)
    another = mlflow.get_run(other.info.run_id)
    log_finished_runs(another, RUNS)
    one_by_one = children(another)
    for run in (*at_once, *one_by_one):
        run["tags"].pop("mlflow.parentRunId")
    assert at_once == one_by_one
    assert [run["info"]["status"] for run in at_once] == ["FINISHED", "FAILED", "FINISHED"]
    assert at_once[0]["metrics"][0]["value"] == 1 / 3
    assert len(at_once[0]["inputs"]) == 1


def test_runs_recorded_at_once_can_be_written_to_later(parent):
    log_finished_runs(parent, RUNS[:1])
    where = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    client = mlflow.MlflowClient()
    run = client.search_runs([parent.info.experiment_id], where)[0]
    client.log_metric(run.info.run_id, "cv_rmse", 7.0, step=1)
    client.set_tag(run.info.run_id, "note", "later")
    client.log_text(run.info.run_id, "x", "note.txt")
    assert client.get_run(run.info.run_id).data.metrics["cv_rmse"] == 7.0


def test_a_transaction_that_fails_leaves_nothing(parent):
    broken = [*RUNS, FinishedRun("trial 3", "NO SUCH STATUS", 1, 2, {}, {})]
    with pytest.raises(Exception, match="constraint"):
        log_finished_runs(parent, broken)
    assert children(parent) == []
