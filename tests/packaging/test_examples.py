"""examples/: each does what it says, in a copy of the project."""

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import Run

from .page import Block, Reader, blocks, copy_project

pytestmark = pytest.mark.slow


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(copy_project(tmp_path / "reprise"))
    yield reader
    reader.stop()


def client(reader: Reader) -> mlflow.MlflowClient:
    uri = f"sqlite:///{reader.folder}/mlflow.db"
    return mlflow.MlflowClient(uri, uri)


def run_of(reader: Reader, entry_point: str) -> Run:
    experiment = client(reader).get_experiment_by_name("reprise")
    text = f"tags.`mlflow.project.entryPoint` = '{entry_point}'"
    return client(reader).search_runs([experiment.experiment_id], text)[0]


def champion(reader: Reader, name: str, printed: str) -> Run:
    """The run that registered the champion of this name."""
    assert f"models:/{name}/1 (champion" in " ".join(printed.split()), printed
    version = client(reader).get_model_version_by_alias(name, "champion")
    return client(reader).get_run(version.run_id)


def test_a_table_of_ones_own_has_a_champion_that_predicts_in_python(reader: Reader):
    printed = reader.type(Block("sh", "bash examples/own_table.sh"))
    assert champion(reader, "rents", printed).data.metrics["test_r2"] > 0.9
    line = "python examples/predict_in_python.py models:/rents@champion rents.csv"
    head, *rows = reader.type(Block("sh", line)).splitlines()
    assert head.split()[-1] == "predicted"
    for row in rows[:5]:
        *_, rent, predicted = row.split()
        assert float(predicted) == pytest.approx(float(rent), abs=200)
    assert rows[-1].startswith("models:/rents@champion reads living area, district, built, note;")


def test_split_by_time_tests_on_the_latest_rows(reader: Reader):
    few = "-P models=elasticnet,rf -P tune_model=none"
    printed = reader.type(Block("sh", f"bash examples/time_split.sh {few}"))
    assert "train: 432 rows, validation: 144 rows, test: 144 rows" in printed
    assert champion(reader, "load", printed).data.metrics["test_r2"] > 0.9


def test_a_family_that_is_added_is_trained_tuned_blended_and_scores(reader: Reader):
    apply, run = blocks(reader.folder / "examples/add_a_family/README.md")
    reader.environment["MLFLOW_EXPERIMENT_NAME"] = "reprise"
    assert reader.type(apply) == ""
    page = (reader.folder / "docs/reference/parameters.md").read_text()
    assert "## `train_decision_tree`" in page
    printed = reader.type(run)
    registered = champion(reader, "trees", printed)
    assert registered.data.metrics["test_r2"] > 0.3
    assert "✓ train_decision_tree" in printed
    trained = run_of(reader, "train_decision_tree").info.run_id
    line = f"mlflow run . --env-manager local -e score -P model=runs:/{trained}/model"
    told = reader.type(Block("sh", f"{line} -P data=sklearn:diabetes -P output=$PWD/scored.csv"))
    assert len((reader.folder / "scored.csv").read_text().splitlines()) == 443, told
