"""Raw tables as files hold them: CSV in its many forms, and Parquet."""

import datetime
import decimal
import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.data.raw_table import read_table
from reprise.errors import RepriseError

ROWS = b"a,b\n1,2\n3,4\n"
READ = {"a": [1, 3], "b": [2, 4]}


def saved(content: bytes, name: str = "table.csv") -> str:
    Path(name).write_bytes(content)
    return name


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        b"a;b\n1;2\n3;4\n",
        b"a\tb\n1\t2\n3\t4\n",
        b"a|b\n1|2\n3|4\n",
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
        b'\xef\xbb\xbf"a","b"\n"1","2"\n"3","4"\n',
        b"a,b\n1,2\n3,4",
        gzip.compress(ROWS),
        gzip.compress(b"\xef\xbb\xbfa;b\n1;2\n3;4\n"),
    ],
    ids=["comma", "semicolon", "tab", "bar", "crlf", "cr", "bom", "quoted", "no end", "gz", "gz ;"],
)
def test_the_same_rows_are_read_however_a_csv_is_written(content):
    assert read_table(saved(content)).to_dict("list") == READ


def test_content_and_not_the_name_tells_the_format():
    pd.DataFrame(READ).to_parquet("really_parquet.csv")
    saved(gzip.compress(ROWS), "really_gzip.parquet")
    assert read_table("really_parquet.csv").to_dict("list") == READ
    assert read_table("really_gzip.parquet").to_dict("list") == READ


def test_a_delimiter_within_quotes_does_not_count():
    table = read_table(saved(b'"price, in EUR, net";size\n1,5;2\n'))
    assert list(table.columns) == ["price, in EUR, net", "size"]


@pytest.mark.parametrize(
    "name", ["a b", 'say ""hi""', "x,y", "größe", "<b>&amp;</b>", "it's", "$(x)"]
)
def test_odd_column_names_arrive_unchanged(name):
    table = read_table(saved(f'"{name}",y\n1,2\n'.encode()))
    assert list(table.columns) == [name.replace('""', '"'), "y"]


def test_a_column_name_may_hold_a_line_break():
    table = read_table(saved(b'"size\n(cm)";weight\n1;2\n'))
    assert table.to_dict("list") == {"size\n(cm)": [1], "weight": [2]}


def test_blank_lines_before_the_header_do_not_hide_the_delimiter():
    assert read_table(saved(b"\n\na;b\n1;2\n3;4\n")).to_dict("list") == READ


@pytest.mark.slow
def test_a_table_may_have_ten_thousand_columns():
    names = [f"expression of gene {number}" for number in range(10_000)]
    content = ",".join(names) + "\n" + ",".join(["1"] * len(names)) + "\n"
    assert list(read_table(saved(content.encode())).columns) == names


def test_short_rows_end_in_missing_values():
    table = read_table(saved(b"a,b\n1\n3,4\n"))
    assert table["b"].isna().tolist() == [True, False]


def test_parquet_keeps_the_types_that_csv_cannot_tell():
    source = pa.table(
        {
            "price": [decimal.Decimal("1.25"), None],
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "at": pa.array([datetime.datetime(2020, 1, 1), None], pa.timestamp("us", "UTC")),
            "list": [[1, 2], [3]],
            "struct": [{"a": 1}, {"a": 2}],
            "flag": [True, None],
        }
    )
    pq.write_table(source, "table.parquet")
    table = read_table("table.parquet")
    assert list(table.columns) == source.column_names
    assert table["price"][0] == decimal.Decimal("1.25")
    assert table["at"][0] == pd.Timestamp("2020-01-01", tz="UTC")
    assert table["struct"][1] == {"a": 2}
    assert table.isna().sum().to_dict() == {
        "price": 1,
        "kind": 0,
        "at": 1,
        "list": 0,
        "struct": 0,
        "flag": 1,
    }


def test_the_row_numbers_that_pandas_stores_in_parquet_are_no_column():
    pd.DataFrame(READ, index=[7, 3]).to_parquet("table.parquet")
    assert read_table("table.parquet").to_dict("list") == READ


def test_rows_are_numbered_from_zero():
    pd.DataFrame(READ, index=[7, 3]).to_parquet("table.parquet")
    assert list(read_table("table.parquet").index) == [0, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"needs rows and columns, got the empty file 'table\.csv': \w+"),
        (b"a,b\n", r"needs rows and columns, got 0 rows in 'table\.csv': \w+"),
        (b"\n\n", r"table\.csv"),
        (b"\xef\xbb\xbf", r"table\.csv"),
        (gzip.compress(b""), r"table\.csv"),
        (b"a,b\n1,2\n3,4,5\n", r"must be a table .*, got 'table\.csv' .*line 3"),
        (
            b"a,b\n1,2,3\n4,5,6\n",
            r"as many fields as .*, got 3 in line 2 under 2 names",
        ),
        (b"PAR1 is no Parquet file", r"must be a table .*, got 'table\.csv' "),
        (gzip.compress(ROWS * 1000)[:-12], r"must be a table .*, got 'table\.csv' "),
        (gzip.compress(ROWS)[:10] + b"\xff" * 30, r"must be a table .*, got 'table\.csv' "),
    ],
    ids=[
        "empty",
        "header only",
        "blank lines",
        "bom only",
        "empty gz",
        "long row",
        "long rows",
        "no parquet",
        "cut gz",
        "broken gz",
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name_and_reason(content, message):
    with pytest.raises(RepriseError, match=message):
        read_table(saved(content))


@pytest.mark.parametrize(
    "content",
    [
        b"a,b,a\n1,2,3\n",
        b"b;a;a\n1;2;3\n",
        b'\xef\xbb\xbf"a","a"\n1,2\n',
        b"\na,a\n1,2\n",
        b'"x\ny",a,a\n1,2,3\n',
        gzip.compress(b"a,a\n1,2\n"),
    ],
    ids=["comma", "semicolon", "bom", "after a blank line", "after a line break", "gz"],
)
def test_repeated_column_names_are_refused(content):
    with pytest.raises(RepriseError, match=r"must differ, got 'a' 2 times: rename.*table\.csv"):
        read_table(saved(content))


def test_repeated_column_names_in_parquet_are_refused():
    table = pa.table([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "b", "a"])
    pq.write_table(table, "table.parquet")
    with pytest.raises(RepriseError, match=r"must differ, got 'a' 2 times: rename.*table\.parquet"):
        read_table("table.parquet")


def test_parquet_without_rows_is_refused():
    pd.DataFrame({"a": []}).to_parquet("table.parquet")
    with pytest.raises(RepriseError, match=r"needs rows and columns, got 0 rows in .*: \w+"):
        read_table("table.parquet")


def test_decimal_commas_are_numbers_where_semicolons_separate():
    Path("table.csv").write_text("a;b;c\n1,5;x;2\n2,25;y;3\n", encoding="utf-8")
    table = read_table("table.csv")
    assert table["a"].tolist() == [1.5, 2.25]
    assert table["c"].tolist() == [2, 3]
