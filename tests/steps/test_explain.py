"""explain on real runs: what differs is named, and nothing else."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from sklearn.datasets import load_diabetes

from reprise.tracking.contract import SOURCE_CODE, SOURCE_LOCK
from steps.command import execute_step

from .conftest import Store, forged, new_store, newest, run

pytestmark = pytest.mark.usefixtures("in_store")


def folder_of(run_id: str) -> Path:
    """Where the artifacts of a run lie."""
    return Path(mlflow.get_run(run_id).info.artifact_uri.removeprefix("file://"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("explain")
    with new_store(folder, empty_store) as store:
        frame = load_diabetes(as_frame=True).frame
        frame.to_csv(folder / "old.csv", index=False)
        changed = frame.iloc[:-5].assign(extra=range(len(frame) - 5))
        changed.loc[3, "bmi"] = 9.0
        changed.to_csv(folder / "new.csv", index=False)
        ids = store.ids
        ids["prepared"] = run("prepare", data=folder / "old.csv")
        ids["prepared anew"] = run("prepare", data=folder / "new.csv")
        table = f"runs:/{ids['prepared']}/table"
        ids["trained"] = run("train_elasticnet", table=table)
        ids["again"] = run("train_elasticnet", table=table, alpha="1e-3")
        ids["other"] = run("train_elasticnet", table=table, alpha=0.1)
        ids["prepared again"] = run("prepare", data=folder / "old.csv", seed=43)
        ids["anew"] = run("train_elasticnet", table=f"runs:/{ids['prepared anew']}/table")
        run("register", table=table, candidates=ids["trained"])
        run("register", table=table, candidates=ids["other"], promote="never")
        with mlflow.start_run(tags={"mlflow.project.entryPoint": "main"}) as foreign:
            ids["foreign"] = foreign.info.run_id
        yield store


def explain(store: Store, of: str, against: str) -> dict:
    """explanation.json of a run of explain that finished."""
    names = {"of": store.ids.get(of, of), "against": store.ids.get(against, against)}
    found = mlflow.artifacts.load_dict(f"runs:/{run('explain', **names)}/explanation.json")
    assert set(found) == {"of", "against", "entry_point", "steps", "same"}
    return found


def only(explanation: dict) -> dict[str, list[str]]:
    (step,) = explanation["steps"]
    return step["differences"]


def test_a_run_that_repeats_another_differs_in_nothing(store, capsys):
    found = explain(store, "again", "trained")
    assert found["same"]
    assert only(found) == {}
    assert capsys.readouterr().out.splitlines()[-1] == "nothing differs"
    page = mlflow.artifacts.load_text(f"runs:/{newest().info.run_id}/explanation.md")
    assert "nothing differs" in page


def test_a_changed_parameter_is_named_with_what_came_of_it(store, capsys):
    found = only(explain(store, "other", "trained"))
    assert set(found) == {"parameters", "results", "metrics"}
    assert found["parameters"] == ["alpha 0.001 -> 0.1"]
    assert "the content of model changed" in found["results"]
    values = [
        mlflow.get_run(store.ids[name]).data.metrics["validation_rmse"]
        for name in ("trained", "other")
    ]
    said = f"validation_rmse {values[0]:.6g} -> {values[1]:.6g} ({values[1] - values[0]:+.3g})"
    assert said in found["metrics"]
    assert f"    {said}" in capsys.readouterr().out.splitlines()


def test_a_changed_table_is_told_by_columns_and_rows(store):
    found = only(explain(store, "prepared anew", "prepared"))
    assert found["parameters"][0].startswith("data ")
    assert "the content of data changed" in found["data"]
    assert "column 'extra' is new" in found["data"]
    (rows,) = [phrase for phrase in found["data"] if "row" in phrase]
    assert rows.startswith("1 row added, 6 rows removed")
    assert rows.endswith("by the 11 columns that both have")


def test_a_trained_model_is_explained_by_the_table_it_was_trained_on(store):
    found = only(explain(store, "anew", "trained"))
    assert "parameters" not in found
    assert found["data"][0] == "the content of table changed"
    assert "column 'extra' is new" in found["data"]


@pytest.mark.parametrize(
    ("name", "against"),
    [
        ("models:/reprise@champion", "other"),
        ("models:/reprise/1", "models:/reprise@challenger"),
        ("trained", "models:/reprise/2"),
    ],
)
def test_a_model_stands_for_the_run_that_trained_it(store, name, against):
    found = explain(store, name, against)
    assert (found["of"], found["against"]) == (store.ids["trained"], store.ids["other"])


@pytest.mark.parametrize("against", ["models:/reprise/1", "models:/{name}@again"])
def test_a_version_of_altered_files_differs_from_the_run_that_it_names(store, tmp_path, against):
    name = f"forged {len(against)}"
    uri = forged(name, "models:/reprise/1", tmp_path)
    mlflow.MlflowClient().set_registered_model_alias(name, "again", "1")
    against = against.format(name=name)
    found = explain(store, uri, against)
    assert found["of"] == found["against"] == store.ids["trained"]
    assert not found["same"]
    named = dict.fromkeys((against, uri) if name in against else (uri,))
    altered = "model/artifacts/predictor/loader.py was changed"
    assert only(found) == {"results": [f"{each}: {altered}" for each in named]}


def test_a_uri_of_an_artifact_stands_for_its_run(store):
    found = explain(store, f"runs:/{store.ids['trained']}/model", f"runs:/{store.ids['other']}")
    assert (found["of"], found["against"]) == (store.ids["trained"], store.ids["other"])


def test_changed_code_and_lock_are_named_to_the_line_and_package(store):
    later = run("train_elasticnet", table=f"runs:/{store.ids['prepared']}/table")
    artifacts = folder_of(later)
    code = json.loads((artifacts / SOURCE_CODE).read_text())
    lines = code["reprise.training.train"].splitlines(keepends=True)
    code["reprise.training.train"] = "".join([*lines[:13], "changed = True\n", *lines[14:]])
    code["reprise.added"] = "added = True\n"
    (artifacts / SOURCE_CODE).write_text(json.dumps(code))
    lock = artifacts / SOURCE_LOCK
    lock.write_text(lock.read_text().replace("\nscikit-learn==", "\nscikit-learn==9."))
    mlflow.MlflowClient().set_tag(later, "reprise.lock", "0" * 64)
    found = only(explain(store, later, "trained"))
    assert set(found) == {"code", "lock"}
    assert found["code"] == [
        "reprise/added.py is new",
        "reprise/training/train.py line 14 changed",
    ]
    (packages,) = found["lock"]
    assert packages.startswith("scikit-learn 1.")
    assert " -> 9.1." in packages


def test_runs_without_recorded_source_are_compared_by_fingerprint_or_commit(store):
    later = run("train_elasticnet", table=f"runs:/{store.ids['prepared']}/table")
    folder = folder_of(later)
    shutil.rmtree(folder / "source")
    assert only(explain(store, later, "trained")) == {}
    (folder / "fingerprint.json").unlink()
    mlflow.MlflowClient().set_tag(later, "mlflow.source.git.commit", "f" * 40)
    (said,) = only(explain(store, later, "trained"))["code"]
    assert said.startswith(f"not recorded by run {later}; commit ")
    assert "-> ffffffffffff" in said


def test_a_run_that_stands_for_a_cached_one_is_compared_as_that(store):
    tags = {
        "mlflow.project.entryPoint": "train_elasticnet",
        "reprise.cached_from": store.ids["other"],
    }
    with mlflow.start_run(tags=tags) as cached:
        pass
    found = explain(store, cached.info.run_id, "trained")
    assert found["of"] == store.ids["other"]
    assert only(found)["parameters"] == ["alpha 0.001 -> 0.1"]


def test_a_run_that_failed_is_explained_by_its_error(store):
    table = f"runs:/{store.ids['prepared']}/table"
    assert execute_step("train_elasticnet", ["--table", table, "--alpha", "many"]) == 1
    found = only(explain(store, newest().info.run_id, "trained"))
    assert "status FINISHED -> FAILED" in found["results"]
    assert any(phrase.startswith("error: alpha must be a number") for phrase in found["results"])


@pytest.mark.parametrize(
    ("of", "against", "said"),
    [
        ("0" * 32, "trained", ["of must name a run of this store", "not found"]),
        ("trained", "models:/reprise/99", ["against must name a run", "models:/reprise/99"]),
        ("models:/nobody@champion", "trained", ["of must name a run", "nobody"]),
        ("somewhere", "trained", ["of must be a run id", "'somewhere'", "correct it"]),
        ("trained", "runs:/1234/model", ["against must name a run", "runs:/1234/model"]),
        ("foreign", "trained", ["of must be a run of this project", "which is none"]),
        ("trained", "prepared", ["one entry point", "got train_elasticnet", "prepare"]),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(store, capsys, of, against, said):
    names = [store.ids.get(name, name) for name in (of, against)]
    assert execute_step("explain", ["--of", names[0], "--against", names[1]]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    for words in said:
        assert words in lines[0]
    assert newest().info.status == "FAILED"


def test_another_split_of_the_same_rows_is_told_as_rows_that_moved(store):
    found = only(explain(store, "prepared again", "prepared"))
    assert found["parameters"] == ["seed 42 -> 43"]
    (rows,) = [phrase for phrase in found["data"] if "row" in phrase]
    assert rows.endswith("rows moved to another part")
