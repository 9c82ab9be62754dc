"""deploy/schedule: rows are watched, and what is an alarm is trained on."""

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from .conftest import ROOT, Workplace

FOLDER = ROOT / "deploy" / "schedule"
FEW = ("--models", "elasticnet", "--tune_model", "none", "--ensemble", "none")


def table(path: Path, seed: int, moved: float = 0.0) -> Path:
    draw = np.random.default_rng(seed)
    rows = pd.DataFrame(draw.normal(moved, 1, (200, 3)), columns=["a", "b", "c"])
    rows.assign(price=(3 - moved) * rows["a"] + draw.normal(0, 0.1, 200)).to_csv(path, index=False)
    return path


def schedule(place: Workplace, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", FOLDER / "watch.sh", *FEW],
        cwd=place.folder,
        env={**place.environment(), "MODEL_NAME": "prices", "TARGET": "price", **given},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_an_alarm_trains_and_moves_the_champion_and_nothing_else_does(workplace):
    old = table(workplace.folder / "old.csv", 1)
    arguments = ("--data", str(old), "--target", "price", "--model_name", "prices", *FEW)
    done = workplace.main(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    fresh = str(table(workplace.folder / "fresh.csv", 2, moved=2))

    quiet = schedule(workplace, ROWS=str(table(workplace.folder / "same.csv", 3)), TABLE=fresh)
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr
    mistake = schedule(workplace, ROWS="nowhere.csv", TABLE=fresh)
    assert mistake.returncode == 1
    assert len(workplace.runs("main")) == 1

    rows = str(table(workplace.folder / "moved.csv", 4, moved=2))
    alarm = schedule(workplace, ROWS=rows, TABLE=fresh)
    assert alarm.returncode == 0, alarm.stdout + alarm.stderr
    assert "training on" in alarm.stdout
    newest = workplace.runs("main")[0]
    assert newest.data.params["promote"] == "if-better"
    version = workplace.client.get_model_version_by_alias("prices", "champion")
    assert str(version.version) == "2"
    again = schedule(workplace, ROWS=rows, TABLE=fresh)
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(workplace.runs("main")) == 2


def test_what_is_not_given_is_asked_for_before_anything_runs():
    done = subprocess.run(
        ["sh", FOLDER / "watch.sh"],
        env={"PATH": os.environ["PATH"], "ROWS": "new.csv", "TABLE": "all.csv"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "TARGET: its target" in done.stderr


def test_each_schedule_runs_the_script_with_all_that_it_asks_for():
    needed = set(re.findall(r"\$\{([A-Z]+):\?", (FOLDER / "watch.sh").read_text()))
    assert needed == {"ROWS", "TABLE", "TARGET"}
    cron = (FOLDER / "crontab").read_text()
    assert needed <= set(re.findall(r"^([A-Z_]+)=", cron, re.M))
    assert re.search(r"^(\S+ ){5}.*deploy/schedule/watch\.sh$", cron, re.M)
    actions = yaml.safe_load((FOLDER / "github-actions.yaml").read_text())
    (job,) = actions["jobs"].values()
    assert needed <= set(job["env"])
    assert job["steps"][-1]["run"].endswith("deploy/schedule/watch.sh")
    pod = yaml.safe_load((FOLDER / "cronjob.yaml").read_text())["spec"]["jobTemplate"]["spec"]
    (container,) = pod["template"]["spec"]["containers"]
    assert needed <= {each["name"] for each in container["env"]}
    assert container["command"] == ["sh", "/schedule/watch.sh"]
    assert container["volumeMounts"][0]["mountPath"] == "/schedule"
