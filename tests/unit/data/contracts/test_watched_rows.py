"""Rows held against a contract as they are read, batch by batch."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reprise.data import row_stream
from reprise.data.contracts.broken import ContractBroken
from reprise.data.contracts.inspection import Inspection
from reprise.data.contracts.terms import Contract, Terms
from reprise.data.contracts.watched_rows import watched_rows
from reprise.data.row_stream import open_rows

TERMS = {
    "n": Terms("number", missing=0.0, min=0.0, max=9.0),
    "share": Terms("number", missing=0.2, min=0.0, max=9.0, outside=0.2),
    "word": Terms("text", categories=("a", "b"), outside=0.3),
    "key": Terms("number", unique=True),
    "y": Terms("number", missing=0.0),
}


def look(path: str, contract: Contract, size: int = 1 << 16) -> tuple[Inspection, list[int], str]:
    """What was found, the rows of each batch that was handed on, and the error."""
    rows = open_rows(path)
    inspection = Inspection(contract, rows.columns, predict=True)
    handed: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_stream, "_ROWS", size)
        try:
            for batch in watched_rows(rows, inspection).read(["n"]):
                handed.append(len(batch.table))
        except ContractBroken as broken:
            return inspection, handed, str(broken)
    return inspection, handed, ""


def write(**columns: list) -> str:
    pd.DataFrame(columns).to_csv("rows.csv", index=False)
    return "rows.csv"


FIELD = some.sampled_from(["1", "2", "9.5", "x", "", "-1", "NA", "7"])
WORD = some.sampled_from(["a", "b", "c", ""])


@settings(max_examples=60, deadline=None)
@given(
    some.lists(some.tuples(FIELD, FIELD, WORD, FIELD), min_size=1, max_size=60),
    some.integers(1, 17),
)
def test_several_batches_are_as_one(fields, size):
    names = ["n", "share", "word", "key"]
    # What is a table beyond doubt: its header is found out.
    fields = [("5.5", "6.5", "a", str(number)) for number in range(100, 120)] + fields
    path = write(**dict(zip(names, map(list, zip(*fields, strict=True)), strict=True)))
    contract = Contract(TERMS, "y")
    whole, parts = look(path, contract), look(path, contract, size)
    assert whole[0].findings() == parts[0].findings()
    assert whole[2] == parts[2]
    assert whole[2] or sum(parts[1]) == len(fields)
    assert whole[0].rows == parts[0].rows == len(fields)


def test_rows_to_predict_need_no_target():
    contract = Contract({"n": Terms("number"), "y": Terms("number", missing=0.0)}, "y")
    assert look(write(n=[1, 2]), contract)[2] == ""
    assert look(write(n=[1, 2], y=[None, "?"]), contract)[2] == ""
    assert "column 'y' must be in the table" in look(write(n=[1, 2]), Contract(contract.columns))[2]


def test_after_a_rule_without_leeway_is_broken_rows_are_only_looked_at():
    path = write(n=[1, 1, 1, "x", 1, 1, "z", 1], share=1, word="a", key=range(8))
    inspection, handed, error = look(path, Contract(TERMS, "y"), 2)
    assert handed == [2]
    (breach,) = inspection.breaches()
    assert (breach.rule, breach.count, breach.first_row, breach.value) == ("kind", 2, 4, "'x'")
    assert error == (
        "a table must keep to its contract, got a broken rule, column 'n' must hold numbers "
        "(broken in 2 of 8 rows, first in row 4: 'x'): mend the table, or edit the contract"
    )


def test_a_share_is_known_after_the_last_row():
    path = write(n=1, share=[""] * 9 + [1], word="a", key=range(10))
    inspection, handed, _ = look(path, Contract(TERMS, "y"), 3)
    assert sum(handed) == 10
    (breach,) = inspection.breaches()
    assert (breach.column, breach.rule, breach.count, breach.first_row) == (
        "share",
        "missing",
        9,
        1,
    )


@pytest.mark.parametrize("mark", [".", ","])
def test_rows_with_decimal_commas_are_read_as_training_reads_them(mark):
    lines = ["n;share", *(f"{n}{mark}5;1{mark}5" for n in range(12)), f"x;2{mark}5"]
    Path("rows.csv").write_text("\n".join(lines) + "\n")
    terms = {"n": Terms("number", max=9.0), "share": Terms("number", max=2.0)}
    inspection, _, _ = look("rows.csv", Contract(terms))
    found = [(e.column, e.rule, e.count, e.first_row) for e in inspection.breaches()]
    assert found == [("n", "kind", 1, 13), ("n", "range", 3, 10), ("share", "range", 1, 13)]
