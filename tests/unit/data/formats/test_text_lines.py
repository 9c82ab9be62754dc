"""A row that cannot be read is named by its line, wherever it is."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from reprise.data.formats import csv_reader
from reprise.data.raw_table import open_table
from reprise.data.read_options import AS_IT_IS, ReadOptions
from reprise.data.row_stream import open_rows
from reprise.data.target import read_target
from reprise.errors import RepriseError

# Each block is read by itself: the bad row lies in the fourth.
BLOCK = 1 << 16
PLAIN = "a,words,b\n"
ABOVE = '"Figures, of\n2024"\n\na,words,b\n'
# Two lines, and one that is none.
BROKEN = '7,"two\nlines",8\n\n'


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(csv_reader, "_BLOCK_BYTES", BLOCK)


def written(header: str, bad: str, name: str = "big.csv") -> int:
    """Write a text of many blocks with one bad row deep in it; return the line of that."""
    rows = [f"{n},word {n % 5},{n / 4}\n" + BROKEN * (n % 1000 == 7) for n in range(20_000)]
    before = header + "".join(rows[:12_000])
    text = before + bad + "".join(rows[12_000:])
    assert len(before) > 3 * BLOCK
    Path("big.csv").write_text(text, encoding="utf-8")
    if name.endswith(".gz"):
        Path(name).write_bytes(gzip.compress(text.encode()))
    return before.count("\n") + 1


def scored(name: str, asked: ReadOptions = AS_IT_IS) -> list[pd.DataFrame]:
    rows = open_rows("big.csv", asked)
    return [batch.plain({name: "number"}) for batch in rows.read([name])]


HEADERS = pytest.mark.parametrize("header", [PLAIN, ABOVE])


@HEADERS
@pytest.mark.parametrize("name", ["big.csv", "big.csv.gz"])
@pytest.mark.parametrize("quoted", ["", '"a\nb",'])
def test_a_row_that_is_too_long_is_named_by_its_line(header, name, quoted):
    line = written(header, f"1,{quoted}2,3,4\n", name)
    count = 5 if quoted else 4
    message = f"at most the 3 fields that the header names, got {count} in line {line}: quote"
    with pytest.raises(RepriseError, match=message):
        open_table(name)
    with pytest.raises(RepriseError, match=message):
        list(open_rows(name).read(["a"]))


@HEADERS
def test_a_quote_that_stays_open_is_named_by_its_line(header):
    line = written(header, '1,"word,3\n')
    # No other quote below may close it.
    text = Path("big.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("big.csv").write_text("".join(text[: line + 1]), encoding="utf-8")
    with pytest.raises(RepriseError, match=f"got one from line {line} that is open at the end"):
        open_table("big.csv")


@HEADERS
def test_a_value_that_is_no_number_is_named_by_its_line(header):
    line = written(header, "1,word,twelve\n")
    row = 12_001 + 12
    with pytest.raises(RepriseError, match=rf"\(row {row}, line {line} of the file: 'twelve'\)"):
        read_target(open_table("big.csv"), "b", "regression")
    with pytest.raises(RepriseError, match=rf"got 'twelve' in row {row}, line {line} of the file"):
        scored("b")


def test_lines_are_those_of_the_file_below_a_header_that_was_asked_for():
    line = written("x,x,x\n2010,2011,2012\n", "1,word,twelve\n")
    asked = ReadOptions.parse({"header": "2"})
    with pytest.raises(RepriseError, match=f"in row 12013, line {line} of the file"):
        scored("2012", asked)


def test_a_table_without_lines_has_rows(tmp_path):
    table = open_table("sklearn:iris")
    assert table.line_of(3) is None
