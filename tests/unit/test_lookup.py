"""Why a step is computed: an interrupted run of the same is told from one that never was."""

import mlflow
import pytest

from reprise.lineage.cache import look_up
from reprise.lineage.fingerprint import TAG, Fingerprint

WANTED = Fingerprint("tune", {"trials": 20}, {"table": "abc"}, {}, "lock", "3.11")


def leave(status: str, fingerprint: Fingerprint) -> str:
    """A run of a step that ended like this."""
    with mlflow.start_run(tags={TAG: fingerprint.digest}) as run:
        pass
    mlflow.MlflowClient().set_terminated(run.info.run_id, status)
    return str(run.info.run_id)


def found() -> tuple[str, tuple[str, ...]]:
    experiment = mlflow.tracking.fluent._get_experiment_id()
    lookup = look_up(WANTED, experiment, lambda _: None)
    assert lookup.run is None
    return lookup.reason, lookup.interrupted


@pytest.mark.parametrize("status", ["KILLED", "FAILED"])
def test_a_run_that_did_not_finish_is_the_reason_and_not_that_there_was_none(status):
    assert found() == ("it has not run before", ())
    run_id = leave(status, WANTED)
    assert found() == (f"run {run_id} of it did not finish", (run_id,))


def test_an_interrupted_run_of_another_step_is_no_reason():
    leave("KILLED", Fingerprint("tune", {"trials": 25}, {"table": "abc"}, {}, "lock", "3.11"))
    assert found() == ("it has not run before", ())
