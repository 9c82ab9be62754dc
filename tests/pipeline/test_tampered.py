"""reproduce: what was tampered with, edited or has changed since is named."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from mlflow.entities import Run
from sklearn.datasets import load_diabetes

from .prover import SMALL, TAG, Prover, folder_of, stop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def regression(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prover]:
    prover = Prover(tmp_path_factory.mktemp("regression"))
    load_diabetes(as_frame=True).frame.to_csv(prover.table, index=False)
    done = prover.step("main", *SMALL, "--data", str(prover.table))
    assert done.returncode == 0, done.stderr
    yield prover
    stop(prover)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def model_of(prover: Prover, run: Run) -> Path:
    model = prover.client.get_logged_model(run.data.tags["reprise.model_id"])
    return Path(model.artifact_location.removeprefix("file://"))


def tamper_with_table(prover: Prover) -> None:
    flip(folder_of(prover.original("prepare")) / "table" / "validation.parquet")


def tamper_with_model(prover: Prover) -> None:
    flip(model_of(prover, prover.original("train_elasticnet")) / "artifacts" / "pipeline.skops")


def tamper_with_predictions(prover: Prover) -> None:
    flip(folder_of(prover.original("train_elasticnet")) / "predictions" / "validation.parquet")


def tamper_with_lock(prover: Prover) -> None:
    path = folder_of(prover.original("train_elasticnet")) / "source" / "requirements.txt"
    path.write_text(path.read_text().replace("\nnumpy==", "\nnumpy==9", 1))


def tamper_with_parameter(prover: Prover) -> None:
    edit(prover, "UPDATE params SET value = '0.002' WHERE run_uuid = ? AND key = 'alpha'")


def tamper_with_metric(prover: Prover) -> None:
    for table in ("metrics", "latest_metrics"):
        edit(
            prover,
            f"UPDATE {table} SET value = value - 1 WHERE run_uuid = ? AND key = 'validation_rmse'",
        )


def tamper_with_digest(prover: Prover) -> None:
    run = prover.original("train_elasticnet")
    prover.client.set_tag(run.info.run_id, "reprise.digest.model", "0" * 64)


def edit(prover: Prover, statement: str) -> None:
    with closing(sqlite3.connect(prover.folder / "mlflow.db")) as store, store:
        store.execute(statement, (prover.original("train_elasticnet").info.run_id,))


@pytest.fixture
def restored(regression: Prover) -> Iterator[Prover]:
    """The shared workplace, put back as it was after the test."""
    copy = regression.folder.with_name("regression as it was")
    shutil.copytree(regression.folder, copy)
    yield regression
    shutil.rmtree(regression.folder / "mlruns")
    shutil.copytree(copy / "mlruns", regression.folder / "mlruns")
    shutil.copy(copy / "table.csv", regression.table)
    # In place: this process has the database open.
    with (
        closing(sqlite3.connect(copy / "mlflow.db")) as before,
        closing(sqlite3.connect(regression.folder / "mlflow.db")) as store,
    ):
        before.backup(store)
    shutil.rmtree(copy)


CASES = {
    tamper_with_table: "prepare: table/validation.parquet was changed",
    tamper_with_model: "train_elasticnet: model/artifacts/pipeline.skops was changed",
    tamper_with_predictions: "train_elasticnet: predictions/validation.parquet was changed",
    tamper_with_lock: "train_elasticnet: source/requirements.txt was changed (numpy ",
    tamper_with_parameter: "train_elasticnet: parameter alpha 0.001 -> 0.002 was edited",
}


@pytest.mark.parametrize("tamper", CASES)
def test_what_was_tampered_with_is_named(restored, tamper: Callable[[Prover], None]):
    run_id = restored.original("train_elasticnet").info.run_id
    tamper(restored)
    proof = restored.reproduce(run_id)
    assert proof.status == 1
    assert "DIFFERENT: train_elasticnet run" in proof.printed
    assert CASES[tamper] in proof.error
    assert len(proof.error.strip().splitlines()) == 1
    assert any(CASES[tamper] in reason for reason in proof.found["reasons"])
    assert proof.run.info.status == "FAILED"
    assert restored.client.get_run(run_id).data.tags[TAG] == "different"


def test_every_file_that_says_what_a_run_was_made_of_is_named_when_it_was_changed(restored):
    run = restored.original("train_elasticnet")
    names = ("environment.json", "source/origin.json", "source/code.json", "files.json")
    for name in names:
        path = folder_of(run) / name
        path.write_text(path.read_text().replace("1", "2", 1))
    schema = folder_of(restored.original("prepare")) / "table" / "schema.json"
    schema.write_text(schema.read_text() + " ")
    proof = restored.reproduce(run.info.run_id)
    assert proof.status == 1
    told = "\n".join(proof.found["reasons"])
    assert "prepare: table/schema.json was changed" in told
    assert [name for name in names if f"train_elasticnet: {name} was changed" not in told] == []


@pytest.mark.parametrize(
    ("tamper", "what"),
    [(tamper_with_metric, "metric validation_rmse"), (tamper_with_digest, "digest of model")],
)
def test_a_recorded_result_that_was_edited_is_the_one_that_differs(restored, tamper, what):
    tamper(restored)
    proof = restored.reproduce(restored.original("train_elasticnet").info.run_id)
    assert proof.status == 1
    assert proof.unlike() == {("train_elasticnet", what)}
    assert what in proof.printed


def test_a_version_of_altered_files_is_different_although_the_run_it_names_is_not(restored):
    register = restored.original("register")
    folder = restored.folder / "mlruns" / "altered"
    shutil.copytree(model_of(restored, register), folder)
    flip(folder / "artifacts" / "pipeline.skops")
    version = restored.client.create_model_version("reprise", folder.as_uri(), register.info.run_id)
    uri = f"models:/reprise/{version.version}"
    proof = restored.reproduce(uri)
    assert proof.status == 1
    reason = f"{uri}: model/artifacts/pipeline.skops was changed"
    assert proof.found["reasons"] == proof.found["problems"] == [reason]
    assert {step["verdict"] for step in proof.found["steps"]} == {"identical"}
    found = restored.client.get_model_version("reprise", version.version)
    assert found.tags[TAG] == "different"
    assert restored.original("register").data.tags[TAG] == "identical"
    for step in ("score", "serve"):
        more = ("--data", str(restored.table), "--output", "out.csv") if step == "score" else ()
        done = restored.step(step, "--model", uri, *more)
        assert done.returncode == 1
        (line,) = done.stderr.strip().splitlines()
        assert "whose model/artifacts/pipeline.skops was changed" in line


def test_tags_of_a_version_that_were_deleted_are_missed(restored):
    for name in restored.client.get_model_version("reprise", "1").tags:
        restored.client.delete_model_version_tag("reprise", "1", name)
    proof = restored.reproduce("models:/reprise/1")
    assert proof.status == 1
    assert (
        "models:/reprise/1: its test metrics are missing (tags test_…)" in proof.found["problems"]
    )
    assert "DIFFERENT" in proof.printed


def test_a_tolerance_accepts_what_is_off_by_less_and_states_the_largest(restored):
    tamper_with_metric(restored)
    run_id = restored.original("train_elasticnet").info.run_id
    proof = restored.reproduce(run_id, "--tolerance", "1.5")
    assert proof.status == 0, proof.printed + proof.error
    assert "WITHIN TOLERANCE" in proof.printed
    largest = proof.found["largest_difference"]
    assert largest["what"] == "metric validation_rmse"
    assert largest["value"] == pytest.approx(1)
    assert restored.client.get_run(run_id).data.tags[TAG] == "within-tolerance"


def test_changed_source_data_is_told_first_and_the_stored_split_gone_on_from(restored):
    text = restored.table.read_text()
    first = text.index("\n") + 1
    restored.table.write_text(text[:first] + text[first:].replace("1", "2", 1))
    proof = restored.reproduce(restored.original("train_elasticnet").info.run_id)
    assert proof.status == 1
    assert "table.csv' has changed since" in proof.error
    assert proof.printed.index("has changed since") < proof.printed.index("train_elasticnet")
    assert any("went on from the stored split" in note for note in proof.found["notes"])
    assert {step["name"]: step["verdict"] for step in proof.found["steps"]} == {
        "prepare": "different",
        "train_elasticnet": "identical",
    }


def test_changed_data_without_an_intact_split_ends_before_training(restored):
    restored.table.write_text(restored.table.read_text().replace("1", "2", 1))
    tamper_with_table(restored)
    proof = restored.reproduce(restored.original("train_elasticnet").info.run_id)
    assert proof.status == 1
    assert not [step for step in proof.found["steps"] if step["reproduced"]]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("somewhere", "of must be a run id"),
        ("0" * 32, "of must name a run of this store"),
        ("models:/nobody@champion", "of must name a run of this store"),
    ],
)
def test_what_is_no_run_is_said_in_one_line(regression, of, said):
    done = regression.step("reproduce", "--of", of)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert said in line
