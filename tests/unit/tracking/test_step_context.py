"""What main tells a step, on its way through JSON and through the environment."""

import json
import os

import pytest

from reprise.tracking.contract import CONTEXT_VARIABLE
from reprise.tracking.step_context import StepContext, context_of_process

CONTEXT = StepContext(
    "1" * 32, "7", "sqlite:////elsewhere/mlflow.db", "2" * 32, 3, "/tmp/noise.txt"
)
NAMES = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID", "OMP_NUM_THREADS")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "before")
    monkeypatch.delenv("OMP_NUM_THREADS")


def test_a_job_is_told_in_json_values():
    assert StepContext(**json.loads(json.dumps(CONTEXT.to_json()))) == CONTEXT


def test_a_process_is_told_in_one_variable_that_it_does_not_hand_on(monkeypatch):
    environment = CONTEXT.to_environment(os.environ)
    assert {name for name in environment if environment[name] != os.environ.get(name)} == {
        CONTEXT_VARIABLE,
        *NAMES,
    }
    monkeypatch.setenv(CONTEXT_VARIABLE, environment[CONTEXT_VARIABLE])
    told = context_of_process()
    assert told is not None
    assert StepContext(**told) == CONTEXT
    assert context_of_process() is None


def test_a_process_is_told_of_the_experiment_by_its_id_alone():
    environment = CONTEXT.to_environment({"MLFLOW_EXPERIMENT_NAME": "mine"})
    assert environment["MLFLOW_EXPERIMENT_ID"] == CONTEXT.experiment_id
    assert "MLFLOW_EXPERIMENT_NAME" not in environment


def test_mlflow_and_numeric_libraries_find_their_part_in_the_environment():
    CONTEXT.take_on()
    found = [os.environ[name] for name in NAMES]
    del os.environ["OMP_NUM_THREADS"]
    assert found == [CONTEXT.tracking_uri, CONTEXT.experiment_id, CONTEXT.run_id, "3"]


def test_threads_that_a_user_has_set_stay(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    CONTEXT.take_on()
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert CONTEXT.to_environment(os.environ)["OMP_NUM_THREADS"] == "1"
