"""An experiment whose artifacts have no place here is named before any work, by all steps."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import mlflow
import pytest

from reprise.errors import RepriseError
from reprise.provenance import record
from reprise.tracking.artifact_place import check_place
from steps.command import command_of, execute_step

from .conftest import newest

# All say it in the same place: the rest of them, and the other families, at leisure.
ENTRY_POINTS = ["main", "score", "train_rf"]
OTHERS = ["compare", "ensemble", "explain", "prepare", "register", "reproduce", "serve", "tune"]


def move_artifacts(tmp_path: Path, place: str) -> None:
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store, store:
        store.execute("UPDATE experiments SET artifact_location = ?", (place,))


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """Below a file: nobody can make a folder there, root neither."""
    (tmp_path / "file").write_text("")
    place = f"{tmp_path}/file/mlruns"
    move_artifacts(tmp_path, place)
    return place


@pytest.fixture
def no_models(tmp_path: Path) -> Iterator[str]:
    """Runs have room, but the models beside them have none."""
    (tmp_path / "mlruns").mkdir()
    Path(tmp_path / "mlruns" / "models").write_text("")
    return f"{tmp_path}/mlruns"


def arguments_of(entry_point: str) -> list[str]:
    """Something for every parameter that must be given."""
    required = [each for each in command_of(entry_point).params if each.required]
    return [text for each in required for text in (f"--{each.name}", "x")]


@pytest.mark.parametrize(
    "entry_point", [*ENTRY_POINTS, *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS)]
)
def test_every_entry_point_says_it_in_one_line_before_any_work(nowhere, capsys, entry_point):
    assert execute_step(entry_point, arguments_of(entry_point)) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: artifacts of experiment 'test' must have a place")
    assert f"got '{nowhere}' (Not a directory" in line
    assert line.endswith("or name another experiment (MLFLOW_EXPERIMENT_NAME)")
    run = newest()
    assert run.info.status == "FAILED"
    assert run.data.tags["reprise.error"] == line.removeprefix("error: ")
    assert len(mlflow.search_runs(output_format="list")) == 1


def test_models_that_have_no_place_are_told_before_one_is_trained(no_models, capsys):
    assert execute_step("train_rf", arguments_of("train_rf")) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"got '{no_models}' (Not a directory, at '{no_models}/models" in line


def test_what_a_library_of_a_store_raises_is_told_in_the_same_line(capsys, monkeypatch):
    class ClientError(Exception):
        """As of boto3: no OSError, nor one of MLflow."""

    def refuse(_: object) -> None:
        raise ClientError("An error occurred (AccessDenied)\nwhen calling PutObject")

    monkeypatch.setattr(record, "log_sealed", refuse)
    assert execute_step("prepare", []) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "experiment 'test'" in line
    assert "(An error occurred (AccessDenied))" in line


def test_an_experiment_is_tried_without_leaving_anything(tmp_path, nowhere):
    with pytest.raises(RepriseError, match=rf"experiment 'test' .* got '{nowhere}' \(Not a dir"):
        check_place(mlflow.get_experiment("1"))
    move_artifacts(tmp_path, f"{tmp_path}/new")
    check_place(mlflow.get_experiment("1"))
    assert not [*Path(tmp_path / "new").iterdir()]
