"""main, as a user runs it: one parent, a child a step, a champion that predicts raw rows."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from .conftest import TRIALS, Workplace

STEPS = (
    "prepare",
    "train_elasticnet",
    "train_rf",
    "train_gbm",
    "train_nn",
    "tune",
    "ensemble",
    "register",
)
FAST = ("--tune_model", "elasticnet")


def raw_table(path: Path) -> pd.DataFrame:
    """Iris with text labels, a date, a category with gaps, and columns named awkwardly."""
    table = load_iris(as_frame=True).frame.rename(columns={"petal width (cm)": "petal, [width]"})
    generator = np.random.default_rng(0)
    table["seen on"] = pd.date_range("2020-01-01", periods=len(table)).strftime("%Y-%m-%d")
    table["who's"] = generator.choice(["Ann", "Bo", None], len(table))
    table.loc[::7, "sepal length (cm)"] = None
    table["kind of flower"] = table.pop("target").map(
        {0: "setosa", 1: "versicolor", 2: "virginica"}
    )
    table.to_csv(path, index=False)
    return pd.read_csv(path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished main on the awkward table, and the one after it with nothing changed."""
    folder = tmp_path_factory.mktemp("main")
    workplace = Workplace(folder)
    raw_table(folder / "my table.csv")
    arguments = ("--data", str(folder / "my table.csv"), "--target", "kind of flower", *FAST)
    first = workplace.main(*arguments)
    second = workplace.main(*arguments)
    return workplace, first, second


def test_every_step_is_a_finished_child_with_the_tags_of_mlflow_run(finished):
    workplace, first, _ = finished
    assert first.returncode == 0, first.stderr
    parent = workplace.runs("main")[-1]
    children = workplace.children(parent)
    assert set(children) == set(STEPS)
    for name, run in children.items():
        assert run.info.status == "FINISHED", name
        for tag in ("mlflow.source.name", "mlflow.source.type", "mlflow.source.git.commit"):
            assert run.data.tags[tag] == parent.data.tags[tag], (name, tag)


def test_the_terminal_shows_each_step_the_leaderboard_and_where_to_look(finished):
    _, first, _ = finished
    for name in STEPS:
        assert f"✓ {name}" in first.stdout
    assert "elasticnet (tuned)" in first.stdout
    assert "models:/reprise/1 (champion: there was no champion)" in first.stdout
    assert "mlflow ui --backend-store-uri" in first.stdout


def test_parameters_are_logged_as_mlflow_logs_them(finished):
    workplace, _, _ = finished
    prepare = workplace.runs("prepare")[-1]
    assert prepare.data.params["target"] == "'kind of flower'"
    assert prepare.data.params["seed"] == "42"


def test_the_parts_are_dataset_inputs_with_digest_and_source(finished):
    workplace, _, _ = finished
    prepare = workplace.runs("prepare")[-1]
    inputs = {item.dataset.name: item.dataset for item in prepare.inputs.dataset_inputs}
    assert set(inputs) == {"train", "validation", "test"}
    assert len({item.digest for item in inputs.values()}) == 3
    assert json.loads(inputs["train"].source)["uri"].endswith("my table.csv")


def test_each_candidate_records_metrics_plots_and_predictions(finished):
    workplace, _, _ = finished
    for name in STEPS[1:7]:
        run = workplace.runs(name)[-1]
        # A blend is not fitted: its metrics are of the rows that its weights were not found on.
        for part in ("train", "validation") if name != "ensemble" else ("validation",):
            for metric in ("accuracy", "f1", "roc_auc", "log_loss"):
                assert f"{part}_{metric}" in run.data.metrics, (name, metric)
        assert not [metric for metric in run.data.metrics if metric.startswith("test_")]
        assert name == "ensemble" or run.data.metrics["fit_seconds"] > 0
        assert run.data.metrics["model_bytes"] > 0
        plots = {item.path for item in workplace.client.list_artifacts(run.info.run_id, "plots")}
        assert plots >= {
            f"plots/{plot}.png"
            for plot in ("confusion_matrix", "roc", "precision_recall", "calibration")
        }


def test_the_network_logs_its_loss_for_every_epoch(finished):
    workplace, _, _ = finished
    run = workplace.runs("train_nn")[-1]
    history = workplace.client.get_metric_history(run.info.run_id, "epoch_val_loss")
    assert [point.step for point in history] == list(range(1, len(history) + 1))
    assert len(history) > 5


def test_each_trial_is_a_nested_run(finished):
    workplace, _, _ = finished
    tune = workplace.runs("tune")[-1]
    text = f"tags.`mlflow.parentRunId` = '{tune.info.run_id}'"
    trials = workplace.client.search_runs([tune.info.experiment_id], text)
    assert len(trials) == TRIALS
    for trial in trials:
        assert trial.info.status == "FINISHED"
        assert set(trial.data.params) == {"alpha", "l1_ratio"}
        assert trial.data.metrics["fold_0_log_loss"] > 0
        assert trial.data.metrics["seconds"] > 0
        assert ("cv_log_loss" in trial.data.metrics) != ("reprise.pruned" in trial.data.tags)
    values = [trial.data.metrics.get("cv_log_loss", np.inf) for trial in trials]
    best = min(values)
    assert tune.data.metrics["cv_log_loss"] == best


def test_the_champion_predicts_shuffled_raw_rows_in_a_new_process(finished, tmp_path):
    workplace, _, _ = finished
    script = """
import sys, mlflow, pandas as pd
rows = pd.read_csv(sys.argv[1]).sample(frac=1, axis=1, random_state=1)
champion = mlflow.pyfunc.load_model("models:/reprise@champion")
labels = champion.predict(rows)
shares = champion.predict(rows, params={"output": "probabilities"})
assert (shares.sum(axis=1) - 1).abs().max() < 1e-6, shares
assert (shares.idxmax(axis=1) == labels).all()
print((labels == rows["kind of flower"]).mean())
"""
    done = workplace.call(
        sys.executable, "-c", script, str(workplace.folder / "my table.csv"), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 0.9


def test_the_version_leads_back_to_run_table_commit_and_lock(finished):
    workplace, _, _ = finished
    version = workplace.client.get_model_version_by_alias("reprise", "champion")
    register = workplace.runs("register")[-1]
    assert version.tags["reprise.run"] == register.data.tags["reprise.candidate"]
    prepare = workplace.runs("prepare")[-1]
    assert version.tags["reprise.table"] == f"runs:/{prepare.info.run_id}/table"
    assert version.tags["reprise.commit"] == register.data.tags["mlflow.source.git.commit"]
    assert len(version.tags["reprise.lock"]) == 64


def test_a_second_main_computes_nothing_again_and_registers_nothing_new(finished):
    workplace, _, second = finished
    assert second.returncode == 0, second.stderr
    for name in STEPS[:-1]:
        assert f"= {name}" in second.stdout
        newest, oldest = workplace.runs(name)
        assert newest.data.tags["reprise.cached_from"] == oldest.info.run_id
        assert newest.info.status == "FINISHED"
    assert len(workplace.client.search_model_versions("name = 'reprise'")) == 1


def test_steps_alone_give_the_digests_of_main(finished):
    workplace, _, _ = finished
    trained = workplace.runs("train_gbm")[-1]
    alone = workplace.step("train_gbm", "--table", trained.data.params["table"].strip("'"))
    assert alone.returncode == 0, alone.stderr
    again = workplace.runs("train_gbm")[0]
    assert "mlflow.parentRunId" not in again.data.tags
    assert again.info.run_id != trained.info.run_id
    for output in ("model", "predictions"):
        tag = f"reprise.digest.{output}"
        assert again.data.tags[tag] == trained.data.tags[tag]
