"""Edits of files and runs that `verify` must name, whatever was edited along with them."""

import json
import shutil

import mlflow

from tests.tampering import Forger, case, edit_cell, flip

# --- files ---


@case("prepare run {prepare}: table/train.parquet was changed")
def a_cell_of_the_table(forger: Forger) -> None:
    edit_cell(forger.folder("prepare") / "table" / "train.parquet")


@case("prepare run {prepare}: table/test.parquet was changed")
def a_cell_with_every_digest_and_tag(forger: Forger) -> None:
    path = forger.folder("prepare") / "table"
    edit_cell(path / "test.parquet")
    schema = json.loads((path / "schema.json").read_text())
    schema["digests"]["test"] = "0" * 64
    (path / "schema.json").write_text(json.dumps(schema))
    forger.seal_again("prepare")
    for step in ("prepare", "train_rf", "register"):
        tag = "digest" if step == "prepare" else "input"
        forger.tag(step, f"reprise.{tag}.table", "1" * 64)


@case("prepare run {prepare}: summary.json was changed")
def a_byte_of_an_artifact(forger: Forger) -> None:
    flip(forger.folder("prepare") / "summary.json")


@case("train_rf run {train_rf}: predictions/validation.parquet was changed")
def predictions_of_a_candidate(forger: Forger) -> None:
    flip(forger.folder("train_rf") / "predictions" / "validation.parquet")


@case("register run {register}: predictions/test.parquet is missing")
def predictions_that_were_deleted(forger: Forger) -> None:
    (forger.folder("register") / "predictions" / "test.parquet").unlink()


@case("train_rf run {train_rf}: evidence.json was changed")
def evidence_and_its_digest(forger: Forger) -> None:
    flip(forger.folder("train_rf") / "evidence.json")
    forger.seal_again("train_rf")


@case("models:/reprise/2: model/artifacts/pipeline.skops was changed")
def a_byte_of_the_model(forger: Forger) -> None:
    flip(forger.model("register") / "artifacts" / "pipeline.skops")


@case("models:/reprise/2: model/artifacts/predictor/loader.py was changed")
def code_of_the_model_and_its_digest(forger: Forger) -> None:
    path = forger.model("register") / "artifacts" / "predictor" / "loader.py"
    path.write_text(path.read_text() + "\n# harmless\n")
    forger.seal_again("register")


@case("models:/reprise/2: model/artifacts/sitecustomize.py is new")
def a_new_file_of_the_model(forger: Forger) -> None:
    (forger.model("register") / "artifacts" / "sitecustomize.py").write_text("import os\n")


@case("models:/reprise/2: its files are missing")
def a_model_that_was_deleted(forger: Forger) -> None:
    shutil.rmtree(forger.model("register"))


@case("train_rf run {train_rf}: source/code.json was changed")
def code_and_its_digest(forger: Forger) -> None:
    path = forger.folder("train_rf") / "source" / "code.json"
    path.write_text(path.read_text().replace("def ", "def  ", 1))
    forger.seal("train_rf", "source/code.json")


@case("prepare run {prepare}: tag reprise.lock")
def the_lock_and_its_digests(forger: Forger) -> None:
    path = forger.folder("prepare") / "source" / "requirements.txt"
    path.write_text(path.read_text().replace("numpy==", "numpy==9", 1))
    forger.seal("prepare", "source/requirements.txt")
    forger.tag("prepare", "reprise.lock", "2" * 64)


@case("train_rf run {train_rf}: environment.json was changed")
def the_environment(forger: Forger) -> None:
    path = forger.folder("train_rf") / "environment.json"
    path.write_text(path.read_text().replace("Linux", "Minix"))


@case("train_rf run {train_rf}: fingerprint.json was changed")
def the_fingerprint(forger: Forger) -> None:
    path = forger.folder("train_rf") / "fingerprint.json"
    path.write_text(path.read_text().replace("train_rf", "train_nn", 1))


@case("register run {register}: card.md was changed")
def the_card(forger: Forger) -> None:
    path = forger.folder("register") / "card.md"
    path.write_text(path.read_text() + "\nApproved.\n")


# --- runs in the database ---


@case("train_rf run {train_rf}: parameter n_estimators 200 -> 20 was edited")
def a_parameter(forger: Forger) -> None:
    where = "WHERE run_uuid = ? AND key = 'n_estimators'"
    forger.sql(f"UPDATE params SET value = '20' {where}", forger.runs["train_rf"])


@case("train_rf run {train_rf}: metric validation_rmse")
def a_metric(forger: Forger) -> None:
    for table in ("metrics", "latest_metrics"):
        where = "WHERE run_uuid = ? AND key = 'validation_rmse'"
        forger.sql(f"UPDATE {table} SET value = value - 1 {where}", forger.runs["train_rf"])


@case("register run {register}: metric test_approval is new")
def a_metric_that_is_new(forger: Forger) -> None:
    mlflow.MlflowClient().log_metric(forger.runs["register"], "test_approval", 1.0)


@case("main run {main}: parameter gate")
def a_parameter_of_the_main(forger: Forger) -> None:
    where = "WHERE run_uuid = ? AND key = 'gate'"
    forger.sql(f"UPDATE params SET value = 'r2>=0.9' {where}", forger.runs["main"])


@case("train_rf run {train_rf}: tag reprise.digest.model")
def a_digest(forger: Forger) -> None:
    forger.tag("train_rf", "reprise.digest.model", "3" * 64)


@case("prepare run {prepare}: tag reprise.input.data is missing")
def a_tag_that_was_deleted(forger: Forger) -> None:
    mlflow.MlflowClient().delete_tag(forger.runs["prepare"], "reprise.input.data")


@case("train_rf run {train_rf}: tag mlflow.source.git.commit")
def the_commit(forger: Forger) -> None:
    forger.tag("train_rf", "mlflow.source.git.commit", "4" * 40)


@case("register run {register}: tag reprise.reason")
def the_reason(forger: Forger) -> None:
    forger.tag("register", "reprise.reason", "champion: the board has said so")


@case("train_rf run {train_rf} is gone")
def a_run_that_was_deleted(forger: Forger) -> None:
    for table in ("tags", "params", "latest_metrics", "metrics", "runs"):
        forger.sql(f"DELETE FROM {table} WHERE run_uuid = ?", forger.runs["train_rf"])
