"""Preparing tables that are larger than the memory they may take."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.data.columns import _BLOCK, kind_with_format, plain_values
from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import PreparedTable
from reprise.data.raw_table import open_table
from reprise.data.schema import Schema
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.table_files import write_table
from reprise.predictor import as_kind
from reprise.runtime.progress import Advance

RANDOM = SplitOptions(Split(), 0.2, 0.2, 42)
MEASURE = """
import resource
from pathlib import Path
import skrub
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.preparation import prepare
from reprise.data.table_files import write_table
from reprise.data.raw_table import open_table

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

before = peak()
raw = open_table("big.csv")
prepared = prepare(raw, "big.csv", "c0", "auto", SplitOptions(Split(), 0.2, 0.2, 42))
write_table(Path("table"), prepared)
print(raw.rows, peak() - before)
"""


@pytest.mark.slow
def test_memory_stays_below_what_the_table_takes():
    rows, columns = 500_000, 60
    values = np.random.default_rng(0).normal(0, 1, (5_000, columns))
    block = pd.DataFrame(values).to_csv(index=False, header=False, float_format="%.5f").encode()
    with Path("big.csv").open("wb") as file:
        file.write(",".join(f"c{n}" for n in range(columns)).encode() + b"\n")
        for _ in range(rows // 5_000):
            file.write(block)
    said = subprocess.run(
        [sys.executable, "-c", MEASURE],
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=True,
    )
    read, megabytes = said.stdout.split()
    assert int(read) == rows
    assert float(megabytes) < rows * columns * 8 / 1e6


def test_a_contradiction_in_the_last_row_makes_the_column_text_everywhere(tmp_path):
    lines = [f"{n},{n / 8}" for n in range(300_000)]
    Path("t.csv").write_text("\n".join(["x,y", *lines, "none left,1"]))
    prepared = prepare(open_table("t.csv"), "t.csv", "y", "auto", RANDOM)
    assert prepared.schema.columns["x"].kind == "text"
    write_table(tmp_path / "table", prepared)
    table = PreparedTable(tmp_path / "table", "runs:/x/table")
    found = pd.concat([table.read(part).X["x"] for part in prepared.schema.rows])
    assert sorted(found) == sorted([*map(str, range(300_000)), "none left"])


def test_csv_and_parquet_of_many_blocks_have_one_digest(tmp_path):
    n = 200_000
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": random.normal(0, 1, n),
            "gaps": pd.Series(random.integers(0, 99, n)).where(random.random(n) < 0.9),
            "word": random.choice(["a", "b", None], n),
            "flag": random.random(n) < 0.5,
            "y": random.normal(0, 1, n),
        }
    )
    frame.to_csv("t.csv", index=False)
    frame.to_parquet("t.parquet", row_group_size=9_999)
    of_frame = prepare(RawTable.of(frame), "t", "y", "auto", RANDOM).schema
    for name in ("t.csv", "t.parquet"):
        assert (
            prepare(open_table(name), "t", "y", "auto", RANDOM).schema.digests == of_frame.digests
        )


def test_dates_are_told_by_their_different_texts(monkeypatch):
    monkeypatch.setattr("reprise.data.columns._BLOCK", 50)
    days = pd.date_range("2020-01-01", periods=400).strftime("%d/%m/%Y")
    raw = pd.Series([*days, None, *days[::-1]], dtype="str", name="day")
    kind = kind_with_format(raw)
    assert kind == "datetime:%d/%m/%Y"
    pd.testing.assert_series_equal(plain_values(raw, kind), as_kind(raw, kind))
    assert kind_with_format(pd.concat([raw, pd.Series(["40/40/2020"], dtype="str")])) == "text"
    assert _BLOCK > 1000


def test_a_text_that_is_no_date_is_named_with_its_row():
    raw = pd.Series(["2020-01-01"] * 5 + ["n/a!"], dtype="str", name="day")
    with pytest.raises(ValueError, match=r"'day' must hold a date, got 'n/a!' in row 6"):
        plain_values(raw, "datetime")


def test_progress_tells_columns_and_rows(tmp_path):
    told: list[Advance] = []
    frame = pd.DataFrame({"x": range(50), "z": range(50), "y": np.arange(50) / 3})
    prepared = prepare(RawTable.of(frame), "t", "y", "auto", RANDOM, told.append)
    write_table(tmp_path, prepared, told.append)
    counts = [advance.count for advance in told]
    assert "columns prepared 3/3" in counts
    assert counts[-1] == "rows written 50/50"


def test_how_a_text_was_read_is_told_to_programs():
    rows = [
        f"{n / 7:.2f};{'?' if n % 5 == 0 else n};{('café', 'NA')[n % 3 == 0]};{n}"
        for n in range(60)
    ]
    lines = ["Figures of the year", "", "a;b;c;y", *rows[:30], "a;b;c;y", *rows[30:], ""]
    Path("odd.csv").write_bytes("\r\n".join(lines).encode("windows-1252"))
    schema = prepare(open_table("odd.csv"), "odd.csv", "y", "auto", RANDOM).schema
    assert schema.reading == {
        "encoding": "windows-1252",
        "delimiter": ";",
        "header_line": 3,
        "skipped": {"lines above the table": 2, "repeated headers": 1},
        "missing": {"?": 12, "NA": 20},
    }
    assert "header" in schema.decisions
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


@pytest.mark.parametrize(("header", "line"), [("a,b\n", 1), ("", None)])
def test_a_plain_text_has_the_usual_answers(header, line):
    Path("t.csv").write_text(header + "".join(f"{n % 7},{n}\n" for n in range(40)))
    schema = prepare(
        open_table("t.csv"), "t.csv", "b" if line else "column_2", "auto", RANDOM
    ).schema
    usual = {"encoding": "utf-8", "delimiter": ",", "skipped": {}, "missing": {}}
    assert schema.reading == usual | {"header_line": line}
