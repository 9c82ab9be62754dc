"""`mlflow run` killed with all that it has started: the next one, at once, leaves nothing open."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bench.faults import Victim, write_table

# Seconds; the first is before MLflow has been imported, the last when steps are at work.
MOMENTS = (0.1, 0.7, 1.5, 2.5, 4.0, 6.0)


def victim(folder: Path, manager: str) -> Victim:
    write_table(folder)
    found = Victim(folder, manager)
    found.finish(seed=0)
    return found


def until_there_is_a_run(found: Victim) -> Callable[[], None]:
    """A wait for the moment in which MLflow has made the run and nothing of ours has started."""
    known = {run.info.run_id for run in found.runs("RUNNING")}

    def wait() -> None:
        deadline = time.monotonic() + 60
        while {run.info.run_id for run in found.runs("RUNNING")} <= known:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait


def check(found: Victim, seed: int, wait: Callable[[], object]) -> None:
    assert found.kill_and_finish(seed, wait) == 0, (found.folder / "output.txt").read_text()
    assert found.runs("RUNNING") == []
    assert found.versions_twice() == 0


@pytest.mark.slow
def test_killed_before_or_while_it_works_it_leaves_nothing_open_and_loses_nothing(tmp_path):
    found = victim(tmp_path, "local")
    check(found, 1, until_there_is_a_run(found))
    for number, seconds in enumerate(MOMENTS, 2):
        check(found, number, partial(time.sleep, seconds))


@pytest.mark.env_manager
def test_the_same_holds_where_uv_builds_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENV_ROOT", str(tmp_path / "environments"))
    found = victim(tmp_path, "uv")
    check(found, 1, until_there_is_a_run(found))
    for number, seconds in enumerate(MOMENTS[1::2], 2):
        check(found, number, partial(time.sleep, seconds))
