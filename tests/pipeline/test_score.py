"""score, as a user runs it: what comes out, what is refused, and what stays in memory."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from reprise.data.source_file import digest_source
from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import predict

from .conftest import ROOT, Shop

LABELS = ["setosa", "versicolor", "virginica"]


def score(shop: Shop, model: str, data: Path | str, output: Path, *more: str):
    return shop.step("score", "--model", model, "--data", str(data), "--output", str(output), *more)


def read_raw(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"id": "str"})


def test_a_scored_table_has_kept_columns_labels_and_probabilities_and_its_metrics(shop, tmp_path):
    output = tmp_path / "predictions.csv"
    done = score(shop, "models:/flowers@champion", shop.table, output, "--keep", "id,who's")
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(output, dtype={"id": "str"}, keep_default_na=False)
    names = [f"probability of {label}" for label in LABELS]
    assert list(found) == ["id", "who's", "predicted", *names]
    raw = pd.read_csv(shop.table, dtype=str, keep_default_na=False)
    assert found["id"].tolist() == raw["id"].tolist()
    assert found["who's"].tolist() == raw["who's"].tolist()  # "NA" is a text here, "" is none
    mlflow.set_tracking_uri(shop.uri)
    model = mlflow.pyfunc.load_model("models:/flowers@champion").unwrap_python_model().model
    rows = read_raw(shop.table)
    expected = predict(model, rows)
    assert np.array_equal(found[names].to_numpy(), expected.probabilities)
    assert found["predicted"].tolist() == expected.values.tolist()
    run = shop.client.get_run(shop.runs("score")[0].info.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.tags["reprise.input.data"] == digest_source(str(shop.table))
    (table,) = run.inputs.dataset_inputs
    assert table.dataset.digest == digest_source(str(shop.table))[:36]
    assert run.data.tags["reprise.model"] == "models:/flowers/1"
    assert run.data.tags["reprise.version"] == "1"
    assert (
        run.inputs.model_inputs[0].model_id
        == mlflow.models.get_model_info("models:/flowers/1").model_id
    )
    measured = evaluate("classification", rows["kind of flower"], expected)
    assert set(measured) == {"accuracy", "f1", "roc_auc", "log_loss"}
    for name, value in measured.items():
        assert run.data.metrics[f"score_{name}"] == pytest.approx(value, rel=1e-12)
    assert run.data.metrics["score_rows"] == 150


def test_columns_in_another_order_and_further_ones_change_nothing_but_are_named(shop, tmp_path):
    raw = pd.read_csv(shop.table, dtype=str, keep_default_na=False)
    other = (
        raw.sample(frac=1, axis=1, random_state=1).assign(extra="x").drop(columns="kind of flower")
    )
    other.to_csv(tmp_path / "other.csv", index=False, sep=";")
    read_raw(shop.table).to_parquet(tmp_path / "same.parquet")
    outputs = []
    for data in (shop.table, tmp_path / "other.csv", tmp_path / "same.parquet"):
        output = tmp_path / f"{data.stem}.out.parquet"
        done = score(shop, "models:/flowers/1", data, output)
        assert done.returncode == 0, done.stderr
        outputs.append(pd.read_parquet(output))
        if data.stem == "other":
            assert "ignored columns: 'extra'" in done.stdout
            assert not [
                name for name in shop.runs("score")[0].data.metrics if name not in ("score_rows",)
            ]
    for other in outputs[1:]:
        pd.testing.assert_frame_equal(outputs[0], other, check_exact=True)


def test_categories_never_seen_and_missing_values_are_predicted(shop, tmp_path):
    raw = pd.read_csv(shop.table, dtype=str, keep_default_na=False).head(4)
    raw.loc[0, "who's"] = "Somebody Else"
    raw.loc[1, [name for name in raw if name not in ("id", "kind of flower")]] = ""
    raw.loc[2, "kind of flower"] = "tulip"
    raw.loc[3, "kind of flower"] = ""
    raw.to_csv(tmp_path / "odd.csv", index=False)
    done = score(shop, "models:/flowers/1", tmp_path / "odd.csv", tmp_path / "odd.parquet")
    assert done.returncode == 0, done.stderr
    found = pd.read_parquet(tmp_path / "odd.parquet")
    assert found.notna().all().all()
    assert "on the 3 rows with 'kind of flower'" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "models:/nobody@champion"}, "model must exist, got 'models:/nobody@champion'"),
        ({"data": "missing.csv"}, "data must exist, got 'missing.csv'"),
        ({"output": "out.json"}, "output must end in .csv or .parquet"),
        ({"output": "no/such/out.csv"}, "there is no folder"),
        ({"keep": "idd"}, "keep must be a column of the table, got 'idd': closest: 'id'"),
        ({"output": "table.csv"}, "output must not be the data"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_leaves_no_file(
    shop, tmp_path, monkeypatch, arguments, said
):
    monkeypatch.chdir(tmp_path)
    shutil.copy(shop.table, tmp_path / "table.csv")
    before = (tmp_path / "table.csv").read_bytes()
    given = {"model": "models:/flowers/1", "data": "table.csv", "output": "out.csv"} | arguments
    flat = [text for name, value in given.items() for text in (f"--{name}", value)]
    done = shop.call(sys.executable, "-m", "steps.score", *flat, cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert shop.runs("score")[0].info.status == "FAILED"
    assert (tmp_path / "table.csv").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("petal length (cm)", "n/k", "column 'petal length (cm)' must hold a number, got 'n/k'"),
        ("seen on", "soon", "column 'seen on' must hold a date (%d/%m/%Y), got 'soon'"),
    ],
)
def test_a_value_of_another_kind_is_named_with_row_and_column_and_the_old_output_stays(
    shop, tmp_path, column, value, said
):
    raw = pd.read_csv(shop.table, dtype=str, keep_default_na=False)
    many = pd.concat([raw] * 900, ignore_index=True)  # 135,000 rows, three batches
    many.loc[100_001, column] = value
    many.to_csv(tmp_path / "many.csv", index=False)
    output = tmp_path / "out.csv"
    output.write_text("earlier")
    done = score(shop, "models:/flowers/1", tmp_path / "many.csv", output)
    assert done.returncode == 1
    assert f"{said} in row 100002, line 100003 of the file: mend it" in done.stderr
    assert output.read_text() == "earlier"
    assert {path.name for path in tmp_path.iterdir() if "out" in path.name} == {"out.csv"}


def test_a_column_that_is_missing_is_listed(shop, tmp_path):
    raw = pd.read_csv(shop.table, dtype=str).drop(columns=["note", "petal, [width]"])
    raw.to_csv(tmp_path / "few.csv", index=False)
    done = score(shop, "models:/flowers/1", tmp_path / "few.csv", tmp_path / "out.csv")
    assert done.returncode == 1
    assert "missing 'petal, [width]', 'note'" in done.stderr


def test_rows_that_are_too_short_further_down_are_read_as_the_rest(shop, tmp_path):
    """Arrow gives up at such a row, and pandas goes on from there."""
    lines = shop.table.read_text().splitlines()
    many = [lines[0], *(lines[1:] * 300)]
    many[40_000] = many[40_000].rpartition(",")[0]  # its last field, the target, is not there
    (tmp_path / "many.csv").write_text("\n".join(many))
    done = score(
        shop, "models:/flowers/1", tmp_path / "many.csv", tmp_path / "out.csv", "--keep", "id"
    )
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(tmp_path / "out.csv", dtype={"id": "str"})
    assert found["id"].tolist() == [line.partition(",")[0] for line in many[1:]]
    assert f"on the {len(many) - 2:,} rows with 'kind of flower'" in done.stdout


@pytest.mark.slow
def test_memory_does_not_grow_with_the_table(shop, tmp_path):
    raw = pd.read_csv(shop.table, dtype=str, keep_default_na=False)
    raw = raw.drop(columns="kind of flower")
    peaks = []
    for times in (1000, 5000):  # 150,000 rows and 750,000
        path = tmp_path / f"{times}.csv"
        header, _, body = raw.to_csv(index=False).partition("\n")
        with path.open("w") as file:
            file.write(f"{header}\n")
            for _ in range(times):
                file.write(body)
        command = [
            sys.executable,
            "-m",
            "steps.score",
            "--model",
            shop.trained()["elasticnet"],
            "--data",
            str(path),
            "--output",
            str(tmp_path / "out.parquet"),
        ]
        environment = shop.environment() | {"REPRISE_WARM_SOCKET": "/nonexistent"}
        process = subprocess.Popen(command, cwd=tmp_path, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        assert status == 0
        peaks.append(usage.ru_maxrss / 1024)
        assert pq.read_metadata(tmp_path / "out.parquet").num_rows == 150 * times
    # MB; fields, rows and predictions of 600,000 rows would be 110 MB more.
    assert peaks[1] < peaks[0] + 80, peaks


@pytest.mark.slow
def test_one_that_is_terminated_leaves_no_output(shop, tmp_path):
    raw = pd.read_csv(shop.table, dtype=str, keep_default_na=False)
    pd.concat([raw] * 4000).to_csv(tmp_path / "many.csv", index=False)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "steps.score",
            "--model",
            shop.trained()["rf"],
            "--data",
            "many.csv",
            "--output",
            "out.csv",
        ],
        cwd=tmp_path,
        env=shop.environment() | {"PYTHONPATH": str(ROOT)},
    )
    deadline = time.monotonic() + 120
    while not (parts := list(tmp_path.glob(".out.csv.*.part"))) or not parts[0].stat().st_size:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    assert shop.runs("score")[0].info.status == "KILLED"
