"""CSV files: every way to read one gives the same fields."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from reprise.advance import Advance
from reprise.raw import delimited
from reprise.raw.delimited import find_dialect, spill_fields
from reprise.raw.reading import open_table, read_table, silent

RAGGED = b'a,b,c\n1,x,2.5\n\n2,"y\nz"\n   \n3,,\n'


@pytest.fixture(autouse=True)
def small_columns(monkeypatch):
    monkeypatch.setattr(delimited, "_COLUMN_BYTES", 1)


def fields_of(content: bytes) -> list[list[str | None]]:
    Path("table.csv").write_bytes(content)
    dialect = find_dialect(Path("table.csv"))
    spill, rows = spill_fields(dialect, silent)
    columns = [
        [field for block in spill.blocks(n) for field in block.to_pylist()]
        for n in range(len(dialect.names))
    ]
    assert all(len(column) == rows for column in columns)
    return columns


def rows_with_a_short_one_last(rows: int) -> bytes:
    lines = [f"{n},{n / 4},word {n % 5}" for n in range(rows)]
    return "\n".join(["a,b,c", *lines, "7"]).encode()


def test_fields_are_text_and_missing_ones_null():
    assert fields_of(b'a,b\n1,NA\n"",x\n007,"NULL"\n') == [["1", None, "007"], [None, "x", None]]


def test_rows_may_be_short_blank_or_broken_into_lines():
    assert fields_of(RAGGED) == [["1", "2", "3"], ["x", "y\nz", None], ["2.5", None, None]]


def test_the_slow_way_reads_what_the_fast_one_reads(monkeypatch):
    content = b'a;"b\nb";c\n1;"x;y";\n2;"say ""hi""";NaN\n\n3;ab"c;" "\n' * 1
    fast = fields_of(content)
    monkeypatch.setattr(delimited, "_regular_batches", delimited._batches)
    assert fields_of(content) == fast


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("block", [100, 1000, 1 << 20])
def test_the_size_of_blocks_leaves_no_trace(monkeypatch, block, compress):
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", block)
    monkeypatch.setattr(delimited, "_BLOCK_FIELDS", block)
    content = b"a,b\n" + b"".join(b'%d,"x\n%d"\n' % (n, n) for n in range(500))
    a, b = fields_of(compress(content))
    assert a == [str(n) for n in range(500)]
    assert b == [f"x\n{n}" for n in range(500)]


def test_a_short_row_after_many_blocks_is_filled_up(monkeypatch):
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 500)
    Path("table.csv").write_bytes(rows_with_a_short_one_last(1000))
    table = read_table("table.csv")
    expected = pd.read_csv("table.csv")
    pd.testing.assert_frame_equal(table, expected)


def test_a_row_longer_than_a_block_is_read(monkeypatch):
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 100)
    a, b = fields_of(b"a,b\n1,x\n2," + b"y" * 1000 + b"\n3,z\n")
    assert (a, b[1]) == (["1", "2", "3"], "y" * 1000)


def test_progress_counts_the_rows(monkeypatch):
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 500)
    Path("table.csv").write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    told: list[Advance] = []
    open_table("table.csv", told.append)
    assert len(told) > 2
    assert told[-1].count == "rows read 1,000"
