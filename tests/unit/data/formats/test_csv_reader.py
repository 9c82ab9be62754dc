"""CSV files: every way to read one gives the same fields."""

import gzip
import time
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.data.formats import csv_reader
from reprise.data.formats.csv_reader import find_dialect, spill_fields
from reprise.data.formats.stored_table import check_names
from reprise.data.formats.text_layout import find_layout
from reprise.data.raw_table import open_table, read_table, silent
from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError
from reprise.predictor import Missing
from reprise.runtime.progress import Advance

RAGGED = b'a,b,c\n1,x,2.5\n\n2,"y\nz"\n   \n3,,\n'


@pytest.fixture(autouse=True)
def small_columns(monkeypatch):
    monkeypatch.setattr(csv_reader, "_COLUMN_BYTES", 1)


def _delimiter(content: bytes) -> str:
    return find_layout(content.decode().splitlines(keepends=True)).delimiter


def fields_of(content: bytes) -> list[list[str | None]]:
    Path("table.csv").write_bytes(content)
    dialect = find_dialect(Path("table.csv"), _delimiter(content), Missing())
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


def test_fields_are_text_as_it_stands():
    assert fields_of(b'a,b\n1,NA\n"",x\n007,"NULL"\n') == [["1", "", "007"], ["NA", "x", "NULL"]]


def test_rows_may_be_short_blank_or_broken_into_lines():
    assert fields_of(RAGGED) == [["1", "2", "3"], ["x", "y\nz", ""], ["2.5", "", ""]]


def test_the_slow_way_reads_what_the_fast_one_reads(monkeypatch):
    content = b'a;"b\nb";c\n1;"x;y";\n2;"say ""hi""";NaN\n\n3;ab"c;" "\n' * 1
    fast = fields_of(content)
    monkeypatch.setattr(csv_reader, "_regular_batches", csv_reader._batches)
    assert fields_of(content) == fast


def test_the_slow_way_takes_text_in_pieces(monkeypatch):
    pieces = [pa.array(["1", "2"]), pa.array(["3"])]
    arrow = pd.ArrowDtype(pa.string())
    chunked = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array(pieces)), dtype=arrow)
    monkeypatch.setattr(
        csv_reader.Dialect, "read", lambda self, **options: nullcontext([chunked.to_frame("a")])
    )
    assert fields_of(b"a\n1\n2\n3\n") == [["1", "2", "3"]]


@pytest.mark.parametrize("block", [100, 1000, 1 << 20])
def test_the_size_of_blocks_leaves_no_trace(monkeypatch, block):
    monkeypatch.setattr(csv_reader, "_BLOCK_BYTES", block)
    monkeypatch.setattr(csv_reader, "_BLOCK_FIELDS", block)
    content = b"a,b\n" + b"".join(b'%d,"x\n%d"\n' % (n, n) for n in range(500))
    a, b = fields_of(content)
    assert a == [str(n) for n in range(500)]
    assert b == [f"x\n{n}" for n in range(500)]


def test_a_short_row_after_many_blocks_is_filled_up(monkeypatch):
    monkeypatch.setattr(csv_reader, "_BLOCK_BYTES", 500)
    Path("table.csv").write_bytes(rows_with_a_short_one_last(1000))
    table = read_table("table.csv")
    expected = pd.read_csv("table.csv")
    pd.testing.assert_frame_equal(table, expected)


def test_a_row_longer_than_a_block_is_read(monkeypatch):
    monkeypatch.setattr(csv_reader, "_BLOCK_BYTES", 100)
    a, b = fields_of(b"a,b\n1,x\n2," + b"y" * 1000 + b"\n3,z\n")
    assert (a, b[1]) == (["1", "2", "3"], "y" * 1000)


def test_progress_counts_the_rows(monkeypatch):
    monkeypatch.setattr(csv_reader, "_BLOCK_BYTES", 500)
    Path("table.csv").write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    told: list[Advance] = []
    open_table("table.csv", told.append)
    assert len(told) > 2
    assert told[-1].count == "rows read 1,000"


@pytest.mark.parametrize("kind", ["plain", "quoted", "gzipped", "parquet"])
@pytest.mark.parametrize("opened", [open_table, open_rows])
def test_a_table_of_too_many_columns_is_refused_in_seconds(kind, opened):
    names = [f"column {number}" for number in range(100_000)]
    if kind == "parquet":
        pq.write_table(pa.table([pa.array([1])] * len(names), names=names), "table")
    else:
        mark = '"' if kind == "quoted" else ""
        content = "\n".join(
            [",".join(f"{mark}{name}{mark}" for name in names), ",".join("1" * len(names))]
        ).encode()
        Path("table").write_bytes(gzip.compress(content) if kind == "gzipped" else content)
    started = time.process_time()
    with pytest.raises(RepriseError, match="at most 10,000 columns, got 100,000: choose"):
        opened("table")
    assert time.process_time() - started < 10


def test_names_that_repeat_are_found_in_one_look():
    names = [f"column {number}" for number in range(9_990)]
    started = time.process_time()
    check_names(names, "table")
    assert time.process_time() - started < 0.5
    with pytest.raises(RepriseError, match="column names must differ, got 'a' 3 times"):
        check_names(["a", "b", "a", "", "", "a"], "table")
