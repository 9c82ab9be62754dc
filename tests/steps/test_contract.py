"""A table held against a contract by prepare and score: what is left, whatever the outcome."""

import json
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run

import steps.command
from reprise.data.contracts.contract_text import read_contract
from steps.command import execute_step
from tests.workshop import raw_table

from .conftest import newest

STRICT = '{"contract": 1, "shares": "exact", "columns": {"a": {"kind": "number", "max": %s}}}'


def rows(count: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "city": random.choice(["Rome", "Oslo"], count),
            "size": random.normal(50, 5, count),
            "target": random.normal(9, 1, count),
        }
    )


def execute(entry_point: str, **parameters: object) -> tuple[int, Run, Path]:
    """Exit status, run and folder of artifacts."""
    given = [text for name, value in parameters.items() for text in (f"--{name}", str(value))]
    status = execute_step(entry_point, given)
    run = newest()
    return status, run, Path(run.info.artifact_uri.removeprefix("file://"))


@pytest.fixture
def table(tmp_path: Path) -> str:
    """The URI of a table that was prepared."""
    rows().to_csv("rows.csv", index=False)
    status, run, _ = execute("prepare", data="rows.csv")
    assert status == 0
    return f"runs:/{run.info.run_id}/table"


def read(folder: Path, name: str) -> object:
    return json.loads((folder / name).read_text())


def test_a_table_that_keeps_to_the_contract_of_another_says_so_everywhere(table, capsys):
    rows(150).assign(more=1).to_csv("next.csv", index=False)
    status, run, folder = execute("prepare", data="next.csv", contract=table)
    assert (status, run.info.status) == (0, "FINISHED")
    contract = read_contract((folder / "contract.json").read_text())
    # Kind and missing of each, and a range or categories.
    told = f"9 rules of 3 columns, all kept (sha256 {contract.digest[:12]})"
    assert read(folder, "table/schema.json")["decisions"] == {"contract": told}
    assert f"contract: {told}" in capsys.readouterr().out
    assert read(folder, "breaches.json") == []
    assert "KEPT" in (folder / "contract.html").read_text()
    assert run.data.tags["reprise.input.contract"] == contract.digest
    assert read(folder, "fingerprint.json")["inputs"]["contract"] == contract.digest
    assert {"contract.json", "breaches.json", "table/contract.json"} <= set(
        read(folder, "files.json")
    )


def test_a_table_that_breaks_its_contract_ends_the_run_with_a_page_and_no_table(table, capsys):
    rows().assign(city="Paris", size="big").to_csv("next.csv", index=False)
    status, run, folder = execute("prepare", data="next.csv", contract=table)
    assert (status, run.info.status) == (1, "FAILED")
    found = [
        (e["column"], e["rule"], e["count"], e["first_row"]) for e in read(folder, "breaches.json")
    ]
    assert found == [("city", "categories", 200, 1), ("size", "kind", 200, 1)]
    page = (folder / "contract.html").read_text()
    assert "BROKEN" in page
    assert "&#39;Paris&#39;" in page
    assert not (folder / "table").exists()
    out, err = capsys.readouterr()
    assert "breach: column 'city' must be one of 'Oslo', 'Rome' but for" in out
    assert err.strip() == f"error: {run.data.tags['reprise.error']}"
    assert "must keep to its contract, got a broken rule and 1 more, column 'city'" in err


def test_what_else_is_wrong_is_told_where_the_contract_is_kept_and_not_where_it_is_broken(
    table, capsys
):
    rows().drop(columns="target").to_csv("next.csv", index=False)
    execute("prepare", data="next.csv", contract=table)
    assert "column 'target' must be in the table" in capsys.readouterr().err
    execute("prepare", data="next.csv", contract=table, target="size", split="group:town")
    assert "column 'target' must be in the table" in capsys.readouterr().err
    Path("free.json").write_text('{"contract": 1, "columns": {"city": {"kind": "text"}}}')
    execute("prepare", data="next.csv", contract="free.json")
    assert "target must be a column of the table, got 'target'" in capsys.readouterr().err


@pytest.mark.parametrize("entry_point", ["prepare", "main"])
def test_a_contract_that_is_none_is_refused_before_any_work(entry_point, capsys):
    Path("mine.json").write_text('{"contract": 1, "colums": {}}')
    status, run, folder = execute(entry_point, data="sklearn:iris", contract="mine.json")
    assert (status, run.info.status) == (1, "FAILED")
    assert "got \"colums\": did you mean 'columns'?" in capsys.readouterr().err
    assert not (folder / "table").exists()


def test_a_contract_that_changes_after_it_was_looked_up_is_recorded_as_it_was_read(monkeypatch):
    data = rows().rename(columns={"size": "a"})
    data.to_csv("rows.csv", index=False)
    Path("mine.json").write_text(STRICT % 1000)
    known = steps.command.log_identity

    def changed(*arguments: object) -> None:
        known(*arguments)
        Path("mine.json").write_text(STRICT % 2000)

    with monkeypatch.context() as patch:
        patch.setattr(steps.command, "log_identity", changed)
        status, run, folder = execute("prepare", data="rows.csv", contract="mine.json")
    assert status == 0
    expected = read_contract(STRICT % 2000).digest
    assert run.data.tags["reprise.input.contract"] == expected
    assert read(folder, "fingerprint.json")["inputs"]["contract"] == expected
    again = execute("prepare", data="rows.csv", contract="mine.json")[1]
    assert again.data.tags["reprise.fingerprint"] == run.data.tags["reprise.fingerprint"]


@pytest.mark.parametrize("there", [True, False])
def test_rows_that_break_a_contract_are_not_predicted_and_no_file_is_written(
    workshop, capsys, there
):
    raw_table(7).to_csv("rows.csv", index=False)
    largest = raw_table(7)["a"]
    Path("mine.json").write_text(STRICT % (largest.max() - 1e-9))
    if there:
        Path("out.csv").write_text("as it was")
    model = f"runs:/{workshop.runs['good']}/model"
    given = {"model": model, "data": "rows.csv", "output": "out.csv", "contract": "mine.json"}
    status, run, folder = execute("score", **given)
    assert (status, run.info.status) == (1, "FAILED")
    (breach,) = read(folder, "breaches.json")
    first = int(largest.argmax()) + 1
    assert (breach["rule"], breach["count"], breach["first_row"]) == ("range", 1, first)
    assert "BROKEN" in (folder / "contract.html").read_text()
    assert f"first in row {first}" in capsys.readouterr().err
    assert sorted(path.name for path in Path().glob("*out*")) == ["out.csv"] * there
    assert not there or Path("out.csv").read_text() == "as it was"
    Path("mine.json").write_text(STRICT % largest.max())
    status, run, folder = execute("score", **given)
    assert (status, read(folder, "breaches.json")) == (0, [])
    assert len(pd.read_csv("out.csv")) == 120


def test_columns_that_rows_lack_are_breaches_before_they_are_features(workshop, capsys):
    raw_table(7)[["b"]].to_csv("rows.csv", index=False)
    Path("mine.json").write_text(STRICT % 1)
    model = f"runs:/{workshop.runs['good']}/model"
    given = {"model": model, "data": "rows.csv", "output": "out.csv", "contract": "mine.json"}
    execute("score", **given)
    assert "column 'a' must be in the table" in capsys.readouterr().err
    Path("mine.json").write_text('{"contract": 1, "columns": {"b": {"kind": "number"}}}')
    execute("score", **given)
    assert "data must have every column that the model knows" in capsys.readouterr().err


def test_the_contract_of_a_model_is_that_of_its_own_table(workshop, capsys):
    raw_table(7).to_csv("rows.csv", index=False)
    raw_table(7).assign(a="x").to_csv("bad.csv", index=False)
    run_id = workshop.runs["good"]
    given = {"model": f"runs:/{run_id}/model", "output": "out.csv", "contract": "model"}
    assert execute("score", data="rows.csv", **given)[0] == 1
    assert "contract=model needs the table of the model in this store" in capsys.readouterr().err
    mlflow.MlflowClient().log_param(run_id, "table", workshop.table.uri)
    status, run, _ = execute("score", data="rows.csv", **given)
    own = read_contract((workshop.table.folder / "contract.json").read_text())
    assert (status, run.data.tags["reprise.input.contract"]) == (0, own.digest)
    assert execute("score", data="bad.csv", **given)[0] == 1
    assert "column 'a' must hold numbers (broken in 120 of 120 rows" in capsys.readouterr().err


@pytest.mark.slow
def test_a_reproduction_goes_by_the_contract_of_then(monkeypatch, capsys):
    monkeypatch.setenv("REPRISE_WARM_MINUTES", "0")
    Path("mine.json").write_text(STRICT % 1000)
    rows().rename(columns={"size": "a"}).to_csv("rows.csv", index=False)
    run = execute("prepare", data="rows.csv", contract="mine.json")[1]
    Path("mine.json").write_text(STRICT % 1)
    capsys.readouterr()
    status, _, folder = execute("reproduce", of=run.info.run_id)
    assert status == 0, capsys.readouterr()
    assert read(folder, "reproduction.json")["verdict"] == "identical"
    Path(run.info.artifact_uri.removeprefix("file://"), "breaches.json").write_text("[1]")
    _, _, folder = execute("reproduce", of=run.info.run_id)
    assert "breaches.json was changed" in (folder / "reproduction.json").read_text()
