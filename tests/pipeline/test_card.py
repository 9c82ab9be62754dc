"""The card of a version: what it says is so, and its commands run as they stand there."""

import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from .conftest import ROOT, Shop


@pytest.fixture(scope="module")
def card(shop: Shop) -> str:
    return shop.client.get_model_version("reprise", "1").description


def block(card: str, language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```", card, re.M | re.S)[number]


def test_the_card_is_an_artifact_too_and_names_what_the_version_is_made_of(shop, card):
    run = next(
        run for run in shop.runs("register") if run.data.tags["reprise.model_name"] == "reprise"
    )
    path = Path(run.info.artifact_uri.removeprefix("file://")) / "card.md"
    assert path.read_text() == card
    trained = shop.client.get_run(run.data.tags["reprise.candidate"])
    for said in (
        "Predicts **target** (regression) from 10 columns of `sklearn:diabetes`",
        trained.info.run_id,
        run.info.run_id,
        "| `bmi` | number | 0 |",
        "alpha 0.001",
        "Tested on 88 rows only",
        "there was no champion",
        "train 265 rows, validation 89 rows, test 88 rows",
    ):
        assert said in card
    version = shop.client.get_model_version("reprise", "1")
    low, high = map(float, version.tags["reprise.interval.rmse"].split(" to "))
    assert low < run.data.metrics["test_rmse"] < high
    assert f"| rmse | {run.data.metrics['test_rmse']:.4g} | {low:.4g} to {high:.4g} |" in card


def test_the_card_of_classes_says_what_is_wrong_with_its_data(shop):
    card = shop.client.get_model_version("flowers", "1").description
    assert "Often missing: `who's` (" in card
    assert "`seen on`: 2020-" in card
    assert "but the test rows are not later than the others" in card
    said = next(line for line in card.splitlines() if "training has not seen are unknown" in line)
    assert all(f"`{name}`" in said for name in ("id", "who's", "note"))
    assert len(card) <= 5000


def test_the_card_scores_as_it_says(shop, card, tmp_path):
    line = next(line for line in block(card, "bash").splitlines() if " score " in line)
    assert "export MLFLOW_TRACKING_URI=" in block(card, "bash")
    command = line.replace("/tmp/predictions.csv", str(tmp_path / "predictions.csv"))
    done = shop.call("bash", "-c", command, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(pd.read_csv(tmp_path / "predictions.csv")) == 442


def test_the_card_predicts_in_python_as_it_says(shop, card, tmp_path):
    code = block(card, "python")
    assert (
        subprocess.run(
            ["python", "-c", f"{code}\nassert 50 < model.predict(rows)[0] < 300"],
            cwd=tmp_path,
            env=shop.environment(),
            check=False,
        ).returncode
        == 0
    )


def test_the_card_serves_as_it_says(shop, card, tmp_path):
    from .serving import serve

    command = next(line for line in block(card, "bash").splitlines() if " -e serve " in line)
    model = command.partition("model=")[2]
    server = serve(shop, tmp_path / "log.txt", model)
    try:
        curl = block(card, "bash", 1).replace(":9696", f":{server.port}")
        done = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True)
        assert done.stdout.startswith('[{"predicted": ')
    finally:
        server.stop()
