"""Where a contract is looked for."""

from pathlib import Path

import mlflow
import pytest

from reprise.data.contracts.contract_source import contract_digest, load_contract
from reprise.data.contracts.terms import Contract, Terms
from reprise.errors import RepriseError

CONTRACT = Contract({"a": Terms("number", min=1.0)})


@pytest.fixture
def table() -> str:
    """The URI of a prepared table with a contract."""
    with mlflow.start_run() as run:
        mlflow.log_text(CONTRACT.text, "table/contract.json")
        mlflow.log_text("{}", "old/schema.json")
    return f"runs:/{run.info.run_id}/table"


def test_a_contract_is_a_file_a_folder_an_artifact_or_beside_a_prepared_table(table):
    Path("folder").mkdir()
    for path in ("mine.json", "folder/contract.json"):
        Path(path).write_text(CONTRACT.text)
    for source in ("mine.json", "folder", table, f"{table}/contract.json"):
        assert load_contract(source) == CONTRACT
        assert contract_digest(source) == CONTRACT.digest


def test_none_is_none():
    assert load_contract("none") is None
    assert contract_digest("none") == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere.json", "got 'nowhere.json' (No such file or directory)"),
        ("s3://bucket/contract.json", "must be none, a path, or the runs:/ URI"),
        ("binary.json", "must be JSON in UTF-8"),
        ("wrong.json", "'wrong.json': a contract must have the key contract"),
        (f"runs:/{'0' * 32}/table", f"there is no run {'0' * 32}"),
        ("runs:/x", "a run's artifact must be named runs:/<run id>/<artifact>"),
    ],
)
def test_what_is_no_contract_is_named_in_one_line(source, said):
    Path("binary.json").write_bytes(b"\xff\xfe\x00")
    Path("wrong.json").write_text("{}")
    with pytest.raises(RepriseError) as error:
        load_contract(source)
    assert said in str(error.value)


def test_a_table_of_earlier_times_is_said_to_have_none():
    with mlflow.start_run() as run:
        mlflow.log_text("{}", "table/schema.json")
    with pytest.raises(RepriseError, match=r"which has none \(tables of version 1\.0\.0"):
        load_contract(f"runs:/{run.info.run_id}/table")
    with pytest.raises(RepriseError, match="no such artifact"):
        load_contract(f"runs:/{run.info.run_id}/table/contract.json")
