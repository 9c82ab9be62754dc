"""What libraries say while a step runs is an artifact of its run; an error is shown."""

import warnings

import mlflow

from reprise.tracking.contract import NOISE
from steps.command import execute_step


def test_an_error_of_a_step_is_shown_and_its_noise_is_an_artifact(capfd, monkeypatch):
    def noisy(*_: object) -> None:
        warnings.warn("noise of a library", UserWarning, stacklevel=1)

    monkeypatch.setattr("steps.terminal.say_origin", noisy)
    assert execute_step("prepare", ["--data", "no such file.csv"]) == 1
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    (run,) = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=1)
    kept = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{NOISE}")
    assert "noise of a library" in kept


def test_a_step_without_noise_has_no_such_artifact():
    assert execute_step("prepare", ["--target", "nowhere"]) == 1
    (run,) = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=1)
    names = [item.path for item in mlflow.MlflowClient().list_artifacts(run.info.run_id)]
    assert NOISE not in names
