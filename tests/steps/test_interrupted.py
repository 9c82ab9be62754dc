"""A step that is asked to end, and again while it records how, and runs that others leave then."""

import os
import signal
from collections.abc import Iterator

import mlflow
import pytest

from reprise.errors import RepriseError
from reprise.tracking import ownership
from steps.prepare import command

ASKED = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    found = {number: signal.getsignal(number) for number in ASKED}
    yield
    for number, handler in found.items():
        signal.signal(number, handler)


def ask(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def fail(**_: object) -> None:
    raise RuntimeError("a defect")


@pytest.mark.parametrize(("work", "status", "code"), [(ask, "KILLED", 130), (fail, "FAILED", 1)])
@pytest.mark.parametrize("number", ASKED)
def test_a_signal_while_a_run_is_ended_leaves_it_ended(monkeypatch, work, status, code, number):
    again = []

    def end_children(_: mlflow.entities.Run) -> None:
        again.append(number)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(command, "callback", work)
    monkeypatch.setattr(ownership, "end_children", end_children)
    try:
        assert command.execute([]) == code
    except KeyboardInterrupt:
        pytest.fail("the second signal is not ignored")
    (run,) = mlflow.search_runs(output_format="list")
    assert (run.info.status, again) == (status, [number])


def test_a_signal_while_the_run_is_opened_ends_it(monkeypatch):
    monkeypatch.setattr("steps.command.log_identity", fail)
    monkeypatch.setattr(ownership, "hold", ask)
    try:
        assert command.execute([]) == 130
    except KeyboardInterrupt:
        pytest.fail("it leaves the run open")
    (run,) = mlflow.search_runs(output_format="list")
    assert run.info.status == "KILLED"


@pytest.mark.parametrize(("mistake", "status"), [(None, "FINISHED"), ("a mistake", "FAILED")])
def test_a_run_that_is_left_while_a_step_works_has_ended_with_the_step(
    monkeypatch, mistake, status
):
    def work(**_: object) -> None:
        own = mlflow.get_run(mlflow.active_run().info.run_id)
        made = {name: text for name, text in own.data.tags.items() if name.startswith("mlflow.")}
        mlflow.MlflowClient().create_run(own.info.experiment_id, tags=made)
        if mistake:
            raise RepriseError(mistake)

    monkeypatch.setattr(command, "callback", work)
    command.execute([])
    runs = mlflow.search_runs(output_format="list", order_by=["start_time ASC"])
    assert [run.info.status for run in runs] == [status, "KILLED"]
