"""One main of numbers, with every family, and what is done with it: reproduce, score, serve.

Its like for classes, and what each step of it leaves, is in test_main.
"""

import json
import sys
from collections.abc import Iterator

import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from .conftest import Workplace
from .serving import serve

CANDIDATES = ("train_elasticnet", "train_rf", "train_gbm", "train_nn", "tune", "ensemble")
CHAMPION = "models:/reprise@champion"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    workplace = Workplace(tmp_path_factory.mktemp("whole"))
    load_diabetes(as_frame=True).frame.to_csv(workplace.folder / "table.csv", index=False)
    done = workplace.main("--data", "table.csv", "--tune_model", "elasticnet")
    assert done.returncode == 0, done.stdout + done.stderr
    yield workplace
    workplace.call(sys.executable, "-m", "reprise", "stop")


def test_every_family_is_trained_and_the_best_of_all_is_champion(whole):
    (main,) = whole.runs("main")
    children = whole.children(main)
    assert set(children) == {"prepare", *CANDIDATES, "register"}
    assert {run.info.status for run in (main, *children.values())} == {"FINISHED"}
    errors = {name: children[name].data.metrics["validation_rmse"] for name in CANDIDATES}
    version = whole.client.get_model_version_by_alias("reprise", "champion")
    best = children[min(errors, key=errors.get)]
    assert version.tags["reprise.run"] == best.info.run_id


def test_a_step_of_it_comes_out_identical(whole):
    trained = whole.runs("train_gbm")[0]
    done = whole.step("reproduce", "--of", trained.info.run_id)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "IDENTICAL: train_gbm run" in done.stdout
    again = whole.client.get_run(trained.info.run_id)
    assert again.data.tags["reprise.reproduced"] == "identical"


def test_its_champion_scores_a_table_and_answers_a_request_with_the_same_numbers(whole):
    told = ("--model", CHAMPION, "--data", "table.csv", "--output", "out.csv")
    done = whole.step("score", *told)
    assert done.returncode == 0, done.stdout + done.stderr
    scored = pd.read_csv(whole.folder / "out.csv")["predicted"]
    rows = pd.read_csv(whole.folder / "table.csv").drop(columns="target")
    server = serve(whole, whole.folder / "serve.log", CHAMPION)
    try:
        text = rows.to_json(orient="records", double_precision=15)
        status, answer = server.post("/predict", json.loads(text))
    finally:
        assert server.stop() == 0
    assert status == 200
    assert [row["predicted"] for row in answer] == pytest.approx(scored.tolist(), rel=1e-9)
