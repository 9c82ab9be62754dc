"""A model's own files against the seal of the run that it names."""

import py_compile
import shutil
from importlib.util import cache_from_source
from pathlib import Path

import mlflow
import pytest

from reprise.provenance.model_files import ModelFiles, held_version
from reprise.runtime.scratch import kept
from reprise.tracking import artifacts
from tests.workshop import Workshop, altered_version, model_folder


def test_the_files_of_a_version_that_is_the_run_s_model_are_as_they_were_sealed(workshop):
    version = mlflow.register_model(f"runs:/{workshop.runs['good']}/model", "as sealed")
    files, found = held_version(version)
    assert files.folder == model_folder(workshop.runs["good"])
    assert found.problems == []


def test_a_copy_of_a_model_that_lies_elsewhere_goes_with_the_process(workshop, monkeypatch):
    version = mlflow.register_model(f"runs:/{workshop.runs['good']}/model", "elsewhere")
    monkeypatch.setattr(artifacts, "is_local_uri", lambda _: False)
    for uri in ("models:/elsewhere/1", f"runs:/{workshop.runs['good']}/model"):
        files = ModelFiles.behind(uri)
        assert files.folder.is_relative_to(kept())
        assert files.against(version.run_id).problems == []


def change(folder: Path) -> None:
    path = folder / "artifacts" / "pipeline.skops"
    path.write_bytes(path.read_bytes() + b"\0")


def remove(folder: Path) -> None:
    (folder / "artifacts" / "predictor" / "blend.py").unlink()


def add(folder: Path) -> None:
    """A package is imported before a module of the same name."""
    (folder / "artifacts" / "predictor" / "blend").mkdir()
    (folder / "artifacts" / "predictor" / "blend" / "__init__.py").write_text("Blend = None\n")


def rename(folder: Path) -> None:
    """Its MLmodel names another run."""
    path = folder / "MLmodel"
    path.write_text(path.read_text().replace("run_id: ", "run_id: 0", 1))


ALTERED = {
    change: "model/artifacts/pipeline.skops was changed",
    remove: "model/artifacts/predictor/blend.py is missing",
    add: "model/artifacts/predictor/blend/__init__.py is new",
    rename: "model/MLmodel was changed",
}


@pytest.mark.parametrize("alter", ALTERED)
def test_a_version_of_altered_files_is_not_that_of_its_run(workshop, tmp_path, alter):
    version = altered_version(workshop, "good", "altered", tmp_path / "copy", alter)
    found = held_version(version)[1]
    assert found.wrong == [ALTERED[alter]]
    assert found.run_id == workshop.runs["good"]


def test_what_mlflow_and_python_leave_beside_a_model_changes_nothing(workshop, tmp_path):
    def load(folder: Path) -> None:
        (folder / "registered_model_meta").write_text("model_name: x\n")
        py_compile.compile(str(folder / "mlflow_model.py"))
        py_compile.compile(str(folder / "artifacts" / "predictor" / "loader.py"))
        assert len([*folder.rglob("*.pyc")]) == 2

    version = altered_version(workshop, "good", "left beside", tmp_path / "copy", load)
    assert held_version(version)[1].problems == []


@pytest.mark.parametrize("content", ["print('not the source')\n", ""])
def test_bytecode_that_is_not_of_the_source_beside_it_is_named(workshop, tmp_path, content):
    def plant(folder: Path) -> None:
        """What Python would import in place of the code, whatever date and size that has."""
        other = tmp_path / "other.py"
        other.write_text(content)
        code = folder / "artifacts" / "predictor" / "loader.py"
        how = py_compile.PycInvalidationMode.UNCHECKED_HASH
        planted = py_compile.compile(str(other), cache_from_source(code), invalidation_mode=how)
        if not content:
            Path(planted).write_bytes(b"x")

    version = altered_version(workshop, "good", "planted", tmp_path / "copy", plant)
    name = cache_from_source("model/artifacts/predictor/loader.py")
    assert held_version(version)[1].wrong == [f"{name} is new"]


def forget_seal(workshop: Workshop) -> str:
    mlflow.MlflowClient().delete_tag(workshop.runs["bad"], "reprise.sha256.files.json")
    return "files.json has no digest (tag reprise.sha256.files.json)"


def lose_list(workshop: Workshop) -> str:
    run = mlflow.get_run(workshop.runs["bad"])
    Path(run.info.artifact_uri.removeprefix("file://"), "files.json").unlink()
    return "files.json is missing"


@pytest.fixture
def spare(workshop, tmp_path) -> Workshop:
    """The store, put back as it was after the test."""
    run = mlflow.get_run(workshop.runs["bad"])
    path = Path(run.info.artifact_uri.removeprefix("file://"), "files.json")
    seal = run.data.tags["reprise.sha256.files.json"]
    shutil.copy(path, tmp_path)
    yield workshop
    shutil.copy(tmp_path / "files.json", path)
    mlflow.MlflowClient().set_tag(run.info.run_id, "reprise.sha256.files.json", seal)


@pytest.mark.parametrize("lose", [forget_seal, lose_list])
def test_a_seal_that_is_gone_is_said(spare, lose):
    reason = lose(spare)
    version = mlflow.register_model(f"runs:/{spare.runs['bad']}/model", f"gone {lose.__name__}")
    found = held_version(version)[1]
    assert found.wrong == []
    assert found.unsealed.endswith(reason)


def test_a_list_that_is_not_as_it_was_sealed_is_wrong(spare):
    run = mlflow.get_run(spare.runs["bad"])
    path = Path(run.info.artifact_uri.removeprefix("file://"), "files.json")
    path.write_text(path.read_text().replace("1", "2"))
    version = mlflow.register_model(f"runs:/{spare.runs['bad']}/model", "relisted")
    assert held_version(version)[1].wrong == [f"files.json was changed in run {run.info.run_id}"]
