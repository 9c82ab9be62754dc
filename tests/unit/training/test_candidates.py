"""What names a candidate, what is none, and which is the best."""

from dataclasses import replace

import mlflow
import pandas as pd
import pytest

from reprise.data.prepared_table import PreparedTable
from reprise.errors import RepriseError
from reprise.training.candidates import best_candidate, find_candidates, open_test_part
from tests.workshop import model_folder, put, trained


def test_candidates_may_be_runs_run_uris_and_model_uris(workshop):
    put(workshop, "good", "named")
    run = workshop.runs["good"]
    model = mlflow.get_run(run).data.tags["reprise.model_id"]
    names = [run, f"runs:/{run}/model", f"models:/{model}", "models:/named/1"]
    names.append("models:/named@champion")
    for candidate in find_candidates(",".join(names)):
        assert candidate.run_id == run
        assert candidate.family == "elasticnet"


def test_the_best_candidate_is_the_best_on_validation_rows(workshop):
    names = ("bad", "good", "middling")
    candidates = find_candidates(",".join(workshop.runs[name] for name in names))
    for metric in ("rmse", "mae", "r2"):
        best = best_candidate(candidates, metric, workshop.table)
        assert best.run_id == workshop.runs["good"]


def test_the_first_of_equal_candidates_is_the_best(workshop):
    names = ("middling", "good again", "good")
    candidates = find_candidates(", ".join(workshop.runs[name] for name in names))
    best = best_candidate(candidates, "rmse", workshop.table)
    assert best.run_id == workshop.runs["good again"]


def test_a_candidate_without_the_metric_loses_to_one_that_has_it(workshop):
    candidates = find_candidates(",".join(workshop.runs[name] for name in ("good", "bad")))
    without = {
        name: value
        for name, value in candidates[0].run.data.metrics.items()
        if name != "validation_rmse"
    }
    run = candidates[0].run
    data = mlflow.entities.RunData(
        [mlflow.entities.Metric(name, value, 0, 0) for name, value in without.items()],
        [],
        [mlflow.entities.RunTag(name, value) for name, value in run.data.tags.items()],
    )
    odd = replace(candidates[0], run=mlflow.entities.Run(run.info, data))
    best = best_candidate([odd, candidates[1]], "rmse", workshop.table)
    assert best.run_id == workshop.runs["bad"]


def test_a_candidate_trained_on_another_table_is_refused(workshop):
    names = ("good", "of another table")
    candidates = find_candidates(",".join(workshop.runs[name] for name in names))
    with pytest.raises(RepriseError, match=workshop.runs["of another table"]):
        best_candidate(candidates, "rmse", workshop.table)


@pytest.mark.parametrize(
    "name",
    ["0" * 32, f"runs:/{'0' * 32}/model", "models:/unknown/1", "models:/unknown@champion"],
)
def test_a_candidate_that_does_not_exist_is_refused_by_name(name):
    with pytest.raises(RepriseError, match="candidates must name a run of this store") as raised:
        find_candidates(name)
    assert f"got '{name}'" in str(raised.value)


@pytest.mark.parametrize(
    "name", ["latest", "abc123", "file:///tmp/model", "A" * 32, "runs:/x", "models:/", "models:/x"]
)
def test_what_names_no_run_and_no_model_is_refused(name):
    with pytest.raises(RepriseError, match="candidates must") as raised:
        find_candidates(name)
    assert f"got '{name}'" in str(raised.value)


@pytest.mark.parametrize("names", ["", " ", ",", " , ,"])
def test_no_candidates_are_refused(names):
    with pytest.raises(RepriseError, match="at least one run or model"):
        find_candidates(names)


def test_a_run_of_another_step_is_no_candidate(workshop):
    run_id = workshop.table.uri.split("/")[1]
    with pytest.raises(RepriseError, match=f"got '{run_id}' made by prepare"):
        find_candidates(run_id)


def test_a_run_of_another_program_is_no_candidate():
    with mlflow.start_run() as run:
        pass
    with pytest.raises(RepriseError, match="must be a run of this project's entry points"):
        find_candidates(run.info.run_id)


def test_a_run_that_did_not_finish_is_no_candidate(workshop):
    tags = mlflow.get_run(workshop.runs["good"]).data.tags
    run = mlflow.MlflowClient().create_run(
        mlflow.get_run(workshop.runs["good"]).info.experiment_id,
        tags={
            name: value
            for name, value in tags.items()
            if name.startswith(("reprise.", "mlflow.project."))
        },
    )
    mlflow.MlflowClient().set_terminated(run.info.run_id, "FAILED")
    with pytest.raises(RepriseError, match="candidates must be finished runs"):
        find_candidates(run.info.run_id)


def test_a_candidate_whose_file_was_changed_is_refused(workshop):
    run_id = trained(workshop.table, 0.5)
    path = model_folder(run_id) / "artifacts" / "pipeline.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (candidate,) = find_candidates(run_id)
    with pytest.raises(RepriseError, match=r"pipeline\.skops was changed"):
        open_test_part(candidate, workshop.table)


def test_a_test_part_that_was_changed_is_refused(workshop, tmp_path):
    for path in workshop.table.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = pd.read_parquet(tmp_path / "test.parquet")
    changed.iloc[0, 0] += 1e-9
    changed.to_parquet(tmp_path / "test.parquet", index=False)
    (candidate,) = find_candidates(workshop.runs["good"])
    with pytest.raises(RepriseError, match=r"test\.parquet"):
        open_test_part(candidate, PreparedTable(tmp_path, workshop.table.uri))
