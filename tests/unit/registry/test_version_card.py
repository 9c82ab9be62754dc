"""The card of a version, of a table whose every name wants to be something else."""

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

from reprise.inference.bounds import Bounds
from reprise.inference.protocol import parse_records
from reprise.registry.promotion import register
from reprise.training.candidates import find_candidates, open_test_part
from tests.unit.tracking.test_markdown import tokens
from tests.workshop import prepared, trained

NAMES = (
    "None of these",
    'it\'s "quoted" \\',
    "two\nlines\n```\n<img src=//evil>",
    "$(touch here) `touch here` ${HOME}",
    "<img src=//evil>|`|",
    "=cmd|'/c calc'!A1",
)
TARGET = "price <b>*in* €</b>"
LABELS = ["<img src=//evil>", "- [x](//evil)", "None", "rare |`"]


def table() -> pd.DataFrame:
    """120 rows, each with a secret of its own."""
    random = np.random.default_rng(1)
    numbers = pd.DataFrame(random.normal(size=(120, len(NAMES))), columns=list(NAMES))
    labels = np.array(LABELS)[[3, 3, *(np.arange(118) % 3)]]
    secret = [f"secret {n}" for n in range(120)]
    levels = np.where(np.arange(120) % 3, 'None\'s "<i>"', "other")
    return numbers.assign(name=secret, level=levels, **{TARGET: labels})


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("card")
    mlflow.set_tracking_uri(f"sqlite:///{folder}/it's.db")
    place = (folder / "artifacts").as_uri()
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("card", place))
    made = prepared(folder / "table", table(), TARGET)
    (candidate,) = find_candidates(trained(made, 0.1))
    text = register(candidate, made, open_test_part(candidate, made), "it's 1", "always").card
    mlflow.set_tracking_uri(None)
    return text


def block(card: str, language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```$", card, re.M | re.S)[number]


def words(command: str, tmp_path: Path) -> list[list[str]]:
    """What bash makes of the commands: each call of mlflow or curl, and nothing beside."""
    names = 'mlflow() { printf \'%s\\0\' "$@" END; }; curl() { mlflow "$@"; }\n'
    done = subprocess.run(
        ["bash", "-euc", names + command], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert not list(tmp_path.glob("here"))
    return [call.split("\0")[:-1] for call in done.stdout.split("END\0")[:-1]]


def test_its_python_runs_and_predicts(card):
    code = block(card, "python")
    ast.parse(code)
    said: dict[str, Any] = {}
    exec(f"{code}\nanswer = model.predict(rows)", said)
    (answer,) = said["answer"]
    assert answer in LABELS


def test_its_commands_are_those_words_in_bash(card, tmp_path):
    score, reproduce, serve = words(block(card, "bash"), tmp_path)
    assert score[-5:] == [
        "model=models:/it's 1/1",
        "-P",
        "data=prices.csv",
        "-P",
        "output=/tmp/predictions.csv",
    ]
    assert (reproduce[-1], serve[-1]) == ("of=models:/it's 1/1", "model=models:/it's 1/1")
    assert block(card, "bash").startswith("export MLFLOW_TRACKING_URI=")


def test_its_curl_sends_a_row_that_the_model_takes(card, tmp_path):
    ((*_, body),) = words(block(card, "bash", 1), tmp_path)
    (row,) = json.loads(body)
    assert list(row) == [*NAMES, "name", "level"]
    assert row["level"] == 'None\'s "<i>"'
    bounds = Bounds(dict.fromkeys(row, "number") | {"name": "text", "level": "text"}, 4, 1 << 20)
    asked = parse_records(body.encode(), "application/json", bounds)
    said: dict[str, Any] = {}
    exec(block(card, "python"), said)
    assert (
        said["model"].predict(asked.rows).tolist() == said["model"].predict(said["rows"]).tolist()
    )


def test_it_holds_no_row_of_the_table(card):
    assert "secret" not in card
    assert '"name": "any text"' in card
    sent = json.loads(re.findall(r"-d '(\[.*\])'$", card, re.M)[0].replace("'\"'\"'", "'"))
    assert not set(sent[0].values()) & set(table()[list(NAMES)].to_numpy().ravel())


def test_names_and_labels_are_no_html_in_it(card):
    assert "<img" not in card
    kinds = {each.type for each in tokens(card)}
    assert not kinds & {"html_inline", "html_block", "image"}
    links = [each.attrs["href"] for each in tokens(card) if each.type == "link_open"]
    assert links
    assert all(link.startswith("#/experiments/") for link in links)
    assert "Rare classes, of 120 rows: rare &#124;\\` (2)" in card


def test_the_description_of_long_names_ends_with_a_whole_section(tmp_path, card):
    random = np.random.default_rng(2)
    names = [f"{'<i>' * 300} {n}" for n in range(12)]
    wide = pd.DataFrame(random.normal(size=(120, 12)), columns=names).assign(price=range(120))
    made = prepared(tmp_path / "wide", wide)
    (candidate,) = find_candidates(trained(made, 0.1))
    register(candidate, made, open_test_part(candidate, made), "wide", "always")
    text = mlflow.MlflowClient().get_model_version("wide", "1").description
    assert len(text) <= 5000
    assert text.count("```") % 2 == 0
    assert not {each.type for each in tokens(text)} & {"html_inline", "html_block"}
    assert text.endswith("the rest is in card.md of the registering run.")


def test_it_says_what_the_bounds_hold_on_the_test_part(card):
    rows = re.findall(r"^\| (0\.\d+) \| ([\d.]+) \| ([\d.]+) \|$", card, re.M)
    assert [asked for asked, _, _ in rows] == ["0.8", "0.9", "0.95"]
    assert all(0 <= float(held) <= 1 and 0 <= float(labels) <= 4 for _, held, labels in rows)
    assert "Promised for rows like these, on average over all of them." in card
