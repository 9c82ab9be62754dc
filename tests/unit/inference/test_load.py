"""Which models are loaded to score and serve, and what is said of their files."""

import shutil
from pathlib import Path

import mlflow
import pytest

from reprise.data.reference import reference_of
from reprise.data.typical_row import typical_row
from reprise.errors import RepriseError
from reprise.inference.load import load_model
from reprise.training.candidates import find_candidates
from tests.workshop import again, altered_version, model_folder, put


def spoil(folder: Path) -> None:
    (folder / "artifacts" / "predictor" / "extra.py").write_text("")


def adopt(folder: Path) -> None:
    """A model of its own: it names no run any more."""
    spoil(folder)
    lines = (folder / "MLmodel").read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("run_id:")]
    (folder / "MLmodel").write_text("".join(kept))


def test_a_version_that_register_made_is_loaded_without_a_word(workshop):
    put(workshop, "good", "load me")
    loaded = load_model("models:/load me@champion")
    assert (loaded.uri, loaded.note) == ("models:/load me/1", "")
    assert loaded.run_id == workshop.runs["good"]
    assert (loaded.name, loaded.version) == ("load me", "1")


def test_a_model_knows_the_rows_that_it_learned_from_and_an_example(workshop):
    rows = workshop.table.learning_rows()
    loaded = load_model(f"runs:/{workshop.runs['good']}/model", store=False)
    assert loaded.reference is not None
    assert loaded.reference.to_json() == reference_of(rows.schema, [rows.train]).to_json()
    assert loaded.reference.rows == len(rows.train.y)
    assert loaded.example == typical_row(rows.validation.X, rows.schema)


def test_a_model_that_was_fitted_again_knows_the_rows_of_both_parts(workshop):
    _, run_id = again(workshop.table, find_candidates(workshop.runs["good"])[0], "fitted again")
    reference = load_model(f"runs:/{run_id}/model").reference
    rows = workshop.table.learning_rows()
    assert reference is not None
    assert reference.rows == len(rows.train.y) + len(rows.validation.y)


def test_a_model_of_an_earlier_version_is_loaded_without_a_reference(workshop, tmp_path):
    folder = shutil.copytree(model_folder(workshop.runs["good"]), tmp_path / "copy")
    adopt(folder)
    (folder / "artifacts" / "reference.json").unlink()
    assert load_model(str(folder)).reference is None


def test_a_version_of_altered_files_is_refused_in_one_line(workshop, tmp_path):
    altered_version(workshop, "good", "spoilt", tmp_path / "copy", spoil)
    with pytest.raises(RepriseError, match=r"sealed, got 'models:/spoilt/1' whose model/artifacts"):
        load_model("models:/spoilt/1")


def test_a_folder_that_names_a_run_of_the_store_is_held_against_it(workshop, tmp_path):
    folder = shutil.copytree(model_folder(workshop.runs["good"]), tmp_path / "copy")
    assert load_model(str(folder)).note == ""
    spoil(folder)
    with pytest.raises(RepriseError, match=r"extra\.py is new \(run .*: name another version"):
        load_model(str(folder))


def test_a_model_without_a_seal_is_loaded_and_that_is_said(workshop, tmp_path, own_store):
    folder = shutil.copytree(model_folder(workshop.runs["good"]), tmp_path / "copy")
    mlflow.set_tracking_uri(own_store)  # a store that does not know the run
    loaded = load_model(str(folder))
    assert f"run {workshop.runs['good']} is not in this store" in loaded.note
    adopt(folder)
    assert "it names no run" in load_model(str(folder)).note


def test_where_there_is_no_store_none_is_made(workshop, tmp_path, monkeypatch):
    folder = shutil.copytree(model_folder(workshop.runs["good"]), tmp_path / "copy")
    monkeypatch.setattr(mlflow, "get_run", None)
    assert load_model(str(folder), store=False).note == ""


def test_a_worker_serves_only_the_files_that_were_checked(workshop, tmp_path):
    folder = shutil.copytree(model_folder(workshop.runs["good"]), tmp_path / "copy")
    digest = load_model(str(folder)).files.digest
    assert load_model(str(folder), store=False, digest=digest).files.digest == digest
    spoil(folder)
    with pytest.raises(RepriseError, match="a worker must serve what was checked"):
        load_model(str(folder), store=False, digest=digest)
