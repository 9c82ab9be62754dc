"""A mistake ends a run as FAILED with one line that names the value, and registers nothing."""

import gzip
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from steps.command import execute_step

ABSENT = "runs:/" + "0" * 32 + "/table"


def write(text: str, name: str = "table.csv") -> str:
    Path(name).write_text(text)
    return name


def rows(count: int, **columns: object) -> str:
    values = {"x": range(count), "target": [n * 1.5 for n in range(count)], **columns}
    return pd.DataFrame(values).to_csv(index=False)


def fail(capsys: pytest.CaptureFixture, entry_point: str, *arguments: str) -> str:
    """Run a step that must fail; return its one line, having checked what every failure owes."""
    assert execute_step(entry_point, list(arguments)) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    (run,) = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=1)
    assert run.info.status == "FAILED"
    assert run.data.tags["reprise.error"] == lines[0].removeprefix("error: ")
    assert mlflow.MlflowClient().search_registered_models() == []
    return lines[0]


@pytest.mark.parametrize(
    ("table", "arguments", "said"),
    [
        (
            None,
            ["--data", "no such file.csv"],
            ["must exist", "no such file.csv", "check the path"],
        ),
        ("", ["--data", "table.csv"], ["empty file", "table.csv"]),
        ("a,target\n", ["--data", "table.csv"], ["needs rows", "0 rows"]),
        (rows(1), [], ["at least 10 rows", "got 1"]),
        (rows(30), ["--target", "tragte"], ["'tragte'", "closest: 'target'"]),
        (rows(30, target=7), [], ["must vary", "7"]),
        (rows(30, target="yes"), [], ["must vary", "yes"]),
        (rows(30, target=None), [], ["only missing"]),
        (rows(30, x=None), [], ["a column to learn from"]),
        ("a,a,target\n" + "1,2,3\n" * 30, [], ["must differ", "'a' 2 times", "rename"]),
        (rows(30, target=["n/a!"] + [1.5] * 29), [], ["must be numeric", "row 1", "n/a!"]),
        (rows(30), ["--seed", "many"], ["seed must be a whole number", "'many'"]),
        (rows(30), ["--test_fraction", "1.5"], ["test_fraction must be a number", "'1.5'"]),
        (rows(30), ["--test_fraction", "0.6", "--validation_fraction", "0.6"], ["1.2"]),
        (rows(30), ["--task", "clustering"], ["task must be one of", "'clustering'"]),
        (rows(30), ["--split", "weekly"], ["split must be", "'weekly'"]),
        (rows(30), ["--split", "time:when"], ["'when'", "columns: 'x'"]),
        (rows(30), ["--typo", "1"], ["'typo'", "known: data"]),
        (rows(30), ["--tasks", "auto"], ["'tasks'", "did you mean 'task'"]),
        ("PAR1 is not enough", [], ["must be a table", "Parquet"]),
        ("a,target\n" + "1,2\n1,2,3,4\n" * 20, [], ["must be a table", "line 3"]),
    ],
)
def test_prepare_says_what_is_wrong_with_a_table_or_parameter(capsys, table, arguments, said):
    data = [] if table is None else ["--data", write(table)]
    line = fail(capsys, "prepare", *data, *arguments)
    for words in said:
        assert words in line


def test_a_damaged_archive_is_named(capsys):
    Path("table.csv.gz").write_bytes(gzip.compress(rows(1000).encode())[:200])
    line = fail(capsys, "prepare", "--data", "table.csv.gz")
    assert "table.csv.gz" in line


@pytest.mark.parametrize("entry_point", ["prepare", "main"])
def test_a_password_in_data_is_in_no_file_afterwards(capsys, tmp_path, entry_point):
    line = fail(capsys, entry_point, "--data", "https://me:s3cr3t-word@127.0.0.1:9/t.csv")
    assert "s3cr3t-word" not in line
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert tmp_path / "mlflow.db" in files
    for path in files:
        assert b"s3cr3t-word" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("http://127.0.0.1:9/table.csv", ["must be reachable", "127.0.0.1:9", "check the address"]),
        ("ftp://somewhere/table.csv", ["'ftp'", "http(s), s3"]),
        ("sklearn:titanic", ["'sklearn:titanic'", "breast_cancer"]),
        ("http://me:secret@127.0.0.1:9/t.csv", ["must not hold a password", "~/.netrc"]),
        (ABSENT, ["must exist"]),
        ("runs:/abc", ["runs:/<run id>/<artifact>", "runs:/abc"]),
    ],
)
def test_prepare_says_what_is_wrong_with_an_address(capsys, data, said):
    line = fail(capsys, "prepare", "--data", data)
    for words in said:
        assert words in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("entry_point", "arguments", "said"),
    [
        ("train_rf", ["--table", ABSENT], ["must name a run of this store", "not found"]),
        ("train_rf", ["--table", "table"], ["runs:/<run id>/<artifact>", "'table'"]),
        ("train_rf", [], ["table must be given", "-P table="]),
        ("train_rf", ["--table", ABSENT, "--n_estimators", "0"], ["from 1 to", "'0'"]),
        ("train_rf", ["--table", ABSENT, "--n_estimators", "1.5"], ["whole number", "'1.5'"]),
        ("train_elasticnet", ["--table", ABSENT, "--alpha", "nan"], ["alpha must be", "'nan'"]),
        ("tune", ["--table", ABSENT, "--model", "svm"], ["elasticnet, rf, et, gbm, nn", "'svm'"]),
        ("tune", ["--table", ABSENT, "--sampler", "best"], ["tpe, random, grid", "'best'"]),
        ("register", ["--table", ABSENT, "--candidates", "x"], ["table must name a run"]),
        ("main", ["--models", "rf,svm"], ["'svm'", "elasticnet"]),
        ("main", ["--models", "rf,rf"], ["'rf' twice"]),
        ("main", ["--gate", "r3>=0.5"], ["'r3'", "r2"]),
        ("main", ["--gate", "r2=0.5"], ["'r2=0.5'"]),
        ("main", ["--metric", "mape"], ["'mape'", "rmse"]),
        ("main", ["--model_name", "a/b"], ["'a/b'"]),
        ("main", ["--scheduler", "local:8786"], ["tcp://host:port", "'local:8786'"]),
        ("main", ["--scheduler", "tcp://127.0.0.1:9"], ["running Dask scheduler", "127.0.0.1:9"]),
        ("main", ["--workers", "-1"], ["workers must be", "'-1'"]),
    ],
)
def test_other_steps_say_what_is_wrong_with_a_parameter(capsys, entry_point, arguments, said):
    line = fail(capsys, entry_point, *arguments)
    for words in said:
        assert words in line


def test_a_table_from_another_step_is_refused(capsys):
    execute_step("prepare", [])
    (prepared,) = mlflow.search_runs(output_format="list")
    table = f"runs:/{prepared.info.run_id}/table"
    execute_step("train_elasticnet", ["--table", table])
    (trained,) = mlflow.search_runs(output_format="list", max_results=1)
    capsys.readouterr()
    line = fail(capsys, "train_rf", "--table", f"runs:/{trained.info.run_id}/table")
    assert "must come from prepare" in line
    assert "train_elasticnet" in line


def test_an_unknown_class_of_metric_is_refused_by_tune(capsys):
    load_iris(as_frame=True).frame.to_csv("iris.csv", index=False)
    execute_step("prepare", ["--data", "iris.csv"])
    (prepared,) = mlflow.search_runs(output_format="list")
    table = f"runs:/{prepared.info.run_id}/table"
    capsys.readouterr()
    line = fail(capsys, "tune", "--table", table, "--metric", "rmse")
    assert "log_loss" in line
    assert "'rmse'" in line
