"""How a main ends that does not end well, and values that a shell would take apart."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_iris

from .conftest import ROOT


def test_a_gate_that_fails_registers_nothing_and_says_by_how_much(workplace):
    done = workplace.main("--models", "elasticnet", "--tune_model", "none", "--gate", "r2>=0.99")
    assert done.returncode == 1
    assert "r2>=0.99 (got 0." in done.stderr
    assert workplace.client.search_registered_models() == []
    assert workplace.runs("main")[0].info.status == "FAILED"
    assert workplace.runs("register")[0].info.status == "FAILED"
    assert workplace.runs("train_elasticnet")[0].info.status == "FINISHED"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--metric", "accuracy"), "got 'accuracy'"), (("--gate", "f1>=0.5"), "got 'f1'")],
)
def test_a_metric_that_the_task_has_not_is_refused_before_anything_is_trained(
    workplace, arguments, said
):
    done = workplace.main(*arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert set(workplace.children(workplace.runs("main")[0])) == {"prepare"}
    assert workplace.runs("main")[0].info.status == "FAILED"


def test_a_step_that_fails_stops_what_needs_it_and_nothing_else(workplace):
    done = workplace.main("--target", "tagret")
    assert done.returncode == 1
    assert "prepare: target must be a column of the table, got 'tagret'" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    parent = workplace.runs("main")[0]
    assert parent.info.status == "FAILED"
    assert set(workplace.children(parent)) == {"prepare"}


def test_values_with_shell_characters_arrive_unchanged_and_are_never_executed(workplace):
    nasty = "a 'b' \"c\" $(touch executed); `touch executed` &\n{x} $HOME"
    table = load_iris(as_frame=True).frame.rename(columns={"target": nasty})
    data = workplace.folder / 'it\'s; $(a) "table".csv'
    table.to_csv(data, index=False)
    done = workplace.call(
        str(Path(sys.executable).parent / "mlflow"),
        "run",
        str(ROOT),
        "--env-manager",
        "local",
        "-e",
        "prepare",
        "-P",
        f"data={data}",
        "-P",
        f"target={nasty}",
    )
    assert done.returncode == 0, done.stderr
    run = workplace.runs("prepare")[0]
    schema = workplace.client.download_artifacts(run.info.run_id, "table/schema.json")
    assert json.loads(Path(schema).read_text())["target"] == nasty
    assert list(ROOT.rglob("executed")) == list(workplace.folder.rglob("executed")) == []


@pytest.mark.slow
def test_a_run_that_is_terminated_is_marked_killed(workplace):
    process = subprocess.Popen(
        [sys.executable, "-m", "steps.main", "--trials", "500"],
        cwd=workplace.folder,
        env=workplace.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if "tune: started" in line:
            break
    process.terminate()
    assert process.wait(timeout=15) == 130
    process.stdout.close()
    statuses = {name: workplace.runs(name)[0].info.status for name in ("main", "tune", "prepare")}
    assert statuses == {"main": "KILLED", "tune": "KILLED", "prepare": "FINISHED"}
