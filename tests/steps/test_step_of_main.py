"""A step that main has started: in the run that it is told, sharing what main has seen to."""

import mlflow
import pytest

from reprise.tracking.contract import FINGERPRINT_TAG, NOISE, TABLE_DIGEST_TAG
from reprise.tracking.step_context import StepContext
from steps.command import execute_step


@pytest.fixture
def context(own_store, tmp_path, monkeypatch) -> StepContext:
    for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # what the step sets goes with the test
    client = mlflow.MlflowClient()
    experiment = client.search_experiments(filter_string="name = 'test'")[0].experiment_id
    ids = [client.create_run(experiment).info.run_id for _ in range(2)]
    return StepContext(ids[0], experiment, own_store, ids[1], 1, str(tmp_path / "noise.txt"))


def test_it_is_the_run_that_main_has_made_and_keeps_no_fingerprint_of_its_own(context, capsys):
    assert execute_step("prepare", ["--data", "sklearn:diabetes"], context.to_json()) == 0
    run = mlflow.get_run(context.run_id)
    assert run.info.status == "FINISHED"
    assert TABLE_DIGEST_TAG in run.data.tags
    assert FINGERPRINT_TAG not in run.data.tags  # main has looked it up, and may not want one
    assert "\x1e" in capsys.readouterr().out  # how far it is, told to main


def test_what_libraries_say_goes_to_the_file_of_main(context, tmp_path, monkeypatch):
    def noisy(*_: object) -> None:
        import os

        os.write(2, b"noise of a library")

    monkeypatch.setattr("steps.terminal.say_origin", noisy)
    assert execute_step("prepare", ["--data", "no such file.csv"], context.to_json()) == 1
    assert "noise of a library" in (tmp_path / "noise.txt").read_text()
    names = [item.path for item in mlflow.MlflowClient().list_artifacts(context.run_id)]
    assert NOISE not in names
    assert mlflow.get_run(context.run_id).info.status == "FAILED"
