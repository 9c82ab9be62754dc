"""watch, as a user runs it: what it leaves, what is an alarm, what is refused."""

import json
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from .conftest import Shop

pytestmark = pytest.mark.slow
MODEL = "models:/flowers@champion"


def watch(place: Shop, data: Path, *more: str, model: str = MODEL):
    return place.step("watch", "--model", model, "--data", str(data), *more)


def left(place: Shop) -> tuple[mlflow.entities.Run, dict]:
    """The newest run, and its watch.json."""
    run = place.runs("watch")[0]
    mlflow.set_tracking_uri(place.uri)
    return run, json.loads(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/watch.json"))


def test_rows_like_those_of_training_are_ok_and_the_course_goes_on(shop):
    done = watch(shop, shop.table)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OK: 0 of" in done.stdout
    run, first = left(shop)
    assert run.info.status == "FINISHED"
    assert run.data.tags["reprise.verdict"] == "OK"
    assert first["rows"] == 150
    assert first["predictions"]["now"]["rows"] == 150
    assert {"calibration", "segments", "metrics", "intervals"} <= set(first["predictions"]["now"])
    version = shop.client.get_model_version_by_alias("flowers", "champion")
    assert version.tags["reprise.watched"] == f"OK (run {run.info.run_id})"
    page = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/watch.html")
    assert page.index("OK") < page.index("What did not move")
    assert watch(shop, shop.table).returncode == 0
    again, second = left(shop)
    assert second == first
    steps = [
        shop.client.get_metric_history(each.info.run_id, "watch_drift")[0].step
        for each in (run, again)
    ]
    assert steps[1] == steps[0] + 1


def test_rows_that_moved_are_an_alarm_that_names_the_columns(shop, tmp_path):
    table = pd.read_csv(shop.table, dtype=str, keep_default_na=False)
    table["petal length (cm)"] = [str(float(each) * 3.28) for each in table["petal length (cm)"]]
    table.loc[3, "sepal width (cm)"] = "wide"
    path = tmp_path / "feet.csv"
    table.to_csv(path, index=False)
    done = watch(shop, path)
    assert done.returncode == 1
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "'petal length (cm)'" in error
    assert "unreadable of 'sepal width (cm)'" in error
    assert "Traceback" not in done.stderr
    run, found = left(shop)
    assert (run.info.status, found["verdict"]) == ("FAILED", "ALARM")
    alarms = {
        (each["measure"], *each["columns"])
        for each in found["findings"]
        if each["level"] == "ALARM"
    }
    assert ("drift", "petal length (cm)") in alarms
    assert ("unreadable", "sepal width (cm)") in alarms
    version = shop.client.get_model_version_by_alias("flowers", "champion")
    assert version.tags["reprise.watched"].startswith("ALARM")


def test_a_folder_is_watched_too_though_its_test_part_is_not_known(shop, tmp_path):
    mlflow.set_tracking_uri(shop.uri)
    folder = tmp_path / "model"
    mlflow.artifacts.download_artifacts(MODEL, dst_path=str(folder))
    text = (folder / "MLmodel").read_text()
    kept = [line for line in text.splitlines() if not line.startswith(("run_id", "model_id"))]
    (folder / "MLmodel").write_text("\n".join(kept))
    done = watch(shop, shop.table, model=str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    _, found = left(shop)
    assert found["compared_with"] is None
    assert not any(each["measure"] in ("predictions", "worse") for each in found["findings"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ("--gate", "rmse<=3"),
            "gate must name what watch measures for classification, got 'rmse'",
        ),
        (("--alpha", "2"), "alpha must be a number"),
        (("--data", "nowhere.csv"), "must exist"),
    ],
)
def test_a_mistake_is_one_line(shop, more, said):
    done = watch(shop, shop.table, *more)
    assert done.returncode == 1
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert said in error
