"""report.html: whole in one file, from what the runs recorded, whatever became of a main."""

import html
import json
import re
import shlex
from pathlib import Path

import pytest
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from reprise.formatting import number
from steps.config_file import read_config

from .conftest import Workplace

pytestmark = pytest.mark.slow

FEW = ("--models", "elasticnet", "--tune_model", "none")


def page(workplace: Workplace) -> str:
    run = workplace.runs("main")[0]
    path = workplace.client.download_artifacts(run.info.run_id, "report.html")
    return Path(path).read_text(encoding="utf-8")


def note(workplace: Workplace) -> str:
    return workplace.runs("main")[0].data.tags[MLFLOW_RUN_NOTE]


def title(text: str) -> str:
    return re.sub(r"<[^>]+>", "", re.search(r"<h1>(.*?)</h1>", text)[1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The reports of a main, of the next, which has nothing new to do, and of another family's."""
    workplace = Workplace(tmp_path_factory.mktemp("report"))
    pages = []
    for arguments in (FEW, FEW, ("--models", "gbm", "--tune_model", "gbm")):
        done = workplace.main(*arguments, "--promote", "always")
        assert done.returncode == 0, done.stderr
        pages.append(page(workplace))
    return workplace, pages


def test_it_has_the_answer_and_loads_nothing_from_elsewhere(finished):
    workplace, (text, _, _) = finished
    register = workplace.runs("register")[-1]
    assert title(text) == "elasticnet is the champion"
    assert f">{number(register.data.metrics['test_rmse'])}<" in text
    low, high = (
        workplace.client.get_model_version("reprise", "1")
        .tags["reprise.interval.rmse"]
        .split(" to ")
    )
    assert f"95% interval {number(float(low))} to {number(float(high))}" in text
    assert not re.findall(r'(?:src|href)="(?!data:|#|file:)', text)
    assert "@import" not in text
    assert len(text) < 3_000_000


def test_its_parameters_stand_there_as_a_file_too(finished, tmp_path):
    workplace, (_, _, text) = finished
    shown = re.search(r"CONFIG=run.yaml</p>\s*<div><pre[^>]*>(.*?)</pre>", text, re.DOTALL)[1]
    (tmp_path / "run.yaml").write_text(html.unescape(shown))
    name, arguments, _ = read_config(str(tmp_path / "run.yaml"))
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    parameters = workplace.runs("main")[0].data.params
    assert name == "main"
    assert given == {f"--{key}": shlex.split(value)[0] for key, value in parameters.items()}


def test_every_step_of_the_graph_is_drawn_with_its_reason(finished):
    _, (text, _, tuned) = finished
    assert "Steps: prepare finished; train_elasticnet finished, after prepare" in text
    assert text.count("it has not run before") == 3
    for name in ("prepare", "train_gbm", "tune", "register"):
        assert tuned.count(f">{name}</text>") == 2, name  # for wide and for narrow screens
    assert "it has not run before" in tuned


def test_cached_steps_are_marked_and_the_page_is_as_full(finished):
    _, (first, cached, _) = finished
    assert "train_elasticnet cached, after prepare" in cached
    assert title(cached) == title(first)
    for section in ("candidates", "predictions", "columns", "data", "commands"):
        assert f'<section id="{section}"' in cached


def test_it_says_how_the_winner_stands_against_the_champion_before(finished):
    workplace, (first, _, third) = finished
    assert "against the previous champion" not in first
    values = workplace.runs("register")[0].data.metrics
    assert "RMSE against the previous champion" in third
    assert f"it has {number(values['champion_test_rmse'])} on 88 test rows" in third


def test_the_search_and_the_pages_of_the_steps_are_there(finished):
    workplace, (_, _, third) = finished
    tune = workplace.runs("tune")[0]
    assert "4 trials of gbm" in third
    for run, name in ((tune, "card.html"), (workplace.runs("prepare")[-1], "profile.html")):
        assert f"{run.info.run_id}/artifacts/{name}" in third


def test_the_commands_name_the_run_and_the_version(finished):
    workplace, (text, _, _) = finished
    main = workplace.runs("main")[-1]
    assert f"-e reproduce -P of={main.info.run_id}" in text
    assert "-e serve -P model=models:/reprise/1" in text
    assert "-P models=elasticnet -P tune_model=none" in text


def test_a_summary_that_was_edited_is_made_again(finished):
    workplace, _ = finished
    run = workplace.runs("prepare")[-1]
    path = Path(run.info.artifact_uri.removeprefix("file://")) / "summary.json"
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["rows"] == {"train": 265, "validation": 89, "test": 88}
    path.write_text(text.replace("265", "266"), encoding="utf-8")
    assert workplace.main(*FEW).returncode == 0
    assert "summary.json was changed" in page(workplace)


def test_the_report_of_a_main_that_has_prepared_nothing_says_why(workplace):
    assert workplace.main("--target", "tagret").returncode == 1
    text = page(workplace)
    assert title(text) == "No model came out"
    assert "prepare: target must be a column of the table" in text
    assert "needs prepare" in text
    assert "-e serve" not in text


def test_the_report_of_a_gate_that_failed_shows_what_it_held_back(workplace):
    assert workplace.main(*FEW, "--gate", "r2>=0.99").returncode == 1
    text = page(workplace)
    assert title(text) == "elasticnet was not registered"
    failed, report = note(workplace).split("\n\n")
    assert failed.startswith("**Failed:** register: the gate must hold")
    assert re.fullmatch(r"\[\*\*Report\*\*\]\(#/experiments/.*/report.html\)", report)
    assert "r2&gt;=0.99 (got 0." in text
    assert 'id="predictions"' in text
