"""What there is to log of a model, and what its run has then."""

from dataclasses import replace

import mlflow
import pytest

from reprise.models.families import get_family
from reprise.provenance.output_files import changed_file
from reprise.tracking.artifacts import local_artifact, read_bytes
from reprise.tracking.contract import EVIDENCE, IMPORTANCE, PREDICTIONS
from reprise.training.candidates import check_files, find_candidates
from reprise.training.model_record import log_record, record_trained
from reprise.training.refit import record_refitted, refit
from reprise.training.train import train


@pytest.fixture
def rows(workshop):
    return workshop.table.learning_rows()


@pytest.fixture
def trained(rows):
    return train(get_family("elasticnet"), rows, {"alpha": 0.01}, 1, 1)


def test_a_record_is_made_without_a_run_and_twice_the_same(trained, rows):
    record = record_trained(trained, rows.schema)
    assert mlflow.active_run() is None
    assert record.documents == record_trained(trained, rows.schema).documents
    assert trained.digests.items() <= record.digests.items()
    again = record_trained(trained, rows.schema).digests
    assert record.digests["conformal"] == again["conformal"]
    assert record.metrics == {**trained.metrics, "fit_seconds": trained.seconds}


def test_a_run_has_all_of_the_record(trained, rows):
    record = record_trained(trained, rows.schema, "Told first.")
    record = replace(record, curves={"loss": [3.0, 2.0, 1.0]}, tags={"further": "tag"})
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_elasticnet"}) as active:
        uri = log_record(record)
    run = mlflow.get_run(active.info.run_id)
    assert uri == f"runs:/{run.info.run_id}/model"
    assert {name: read_bytes(run, name) for name in record.documents} == record.documents
    assert {**record.metrics, "epoch_loss": 1.0}.items() <= run.data.metrics.items()
    assert run.data.metrics["model_bytes"] > 1000
    tags = run.data.tags
    assert {
        f"reprise.digest.{name}": tags[f"reprise.digest.{name}"] for name in record.digests
    } == {f"reprise.digest.{name}": value for name, value in record.digests.items()}
    assert (tags["reprise.family"], tags["further"]) == ("elasticnet", "tag")
    assert tags["mlflow.note.content"].startswith("Told first.")
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "epoch_loss")
    assert [(point.step, point.value) for point in history] == [(1, 3), (2, 2), (3, 1)]
    (candidate,) = find_candidates(uri)
    check_files(candidate)


@pytest.mark.parametrize("name", [EVIDENCE, IMPORTANCE, PREDICTIONS])
def test_what_is_read_back_is_noticed_when_it_was_changed(trained, rows, name):
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_elasticnet"}) as active:
        log_record(record_trained(trained, rows.schema))
    run = mlflow.get_run(active.info.run_id)
    assert changed_file(run) is None
    path = local_artifact(run, name)
    path.write_bytes(path.read_bytes() + b" ")
    assert changed_file(run) == f"{name} was changed"


def test_a_model_fitted_again_leaves_no_documents_and_no_note(trained, rows):
    refitted = refit([trained.recipe], rows, 1)
    record = record_refitted(refitted, "elasticnet", rows)
    assert record.documents == {}
    assert record.digests == {"model": refitted.digest}
    with mlflow.start_run() as active:
        log_record(record)
    tags = mlflow.get_run(active.info.run_id).data.tags
    assert tags["reprise.digest.model"] == refitted.digest
    assert "mlflow.note.content" not in tags


def test_a_record_is_logged_under_a_run_only(trained, rows):
    with pytest.raises(RuntimeError, match="within its run"):
        log_record(record_trained(trained, rows.schema))


def test_both_parts_together_have_the_rows_of_each(rows):
    together = rows.together
    assert len(together.y) == len(rows.train.y) + len(rows.validation.y)
    assert together.X.iloc[-1].to_list() == rows.validation.X.iloc[-1].to_list()
    assert list(together.X.index) == list(range(len(together.y)))
