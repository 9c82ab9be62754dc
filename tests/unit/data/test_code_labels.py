"""NA among codes is read as a class wherever rows come from, and kept to its contract."""

import json
from pathlib import Path

from reprise.data.code_labels import with_code_labels
from reprise.data.contracts.terms import Contract
from reprise.data.contracts.watched_table import WatchedTable
from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import Prepared, prepare
from reprise.data.raw_table import open_table
from reprise.data.row_stream import open_rows
from tests.tables import RANDOM

LABELS = [("NA", "AS", "EU")[n % 3] for n in range(60)]


def opened() -> RawTable:
    rows = "".join(f"{n},{label}\n" for n, label in enumerate(LABELS))
    Path("table.csv").write_text(f"a,y\n{rows}", encoding="utf-8")
    return with_code_labels(open_table("table.csv"), "y")


def made(raw: RawTable) -> Prepared:
    return prepare(raw, "table.csv", "y", "auto", RANDOM)


def test_scoring_reads_the_labels_that_training_read():
    kind = made(opened()).schema.target_kind
    (batch,) = open_rows("table.csv").read(["y"])
    assert batch.plain({"y": kind})["y"].tolist() == LABELS


def test_the_table_keeps_to_its_own_contract():
    contract: Contract = made(opened()).contract
    watched = WatchedTable(opened(), contract, "y")
    made(watched.table)
    watched.finish()
    assert not watched.inspection.breaches()


def test_a_value_called_na_that_json_has_is_one_in_a_csv_too():
    records = [{"c": label, "y": n / 7} for n, label in enumerate(LABELS)]
    Path("table.json").write_text(json.dumps(records))
    found = made(open_table("table.json")).schema
    assert found.columns["c"].kind == "text|missing=none"
    Path("rows.csv").write_text('c\nNA\n""\nEU\n')
    (batch,) = open_rows("rows.csv").read(["c"])
    values = batch.plain(found.kinds)["c"]
    assert values.fillna("missing").tolist() == ["NA", "missing", "EU"]
