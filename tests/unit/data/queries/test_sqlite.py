"""Rows of SQLite: typed as they are, in order, and from a file that stays as it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reprise.data.raw_table import open_table, read_table
from reprise.data.read_options import ReadOptions
from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError

ROWS = 3000


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("shop.db")) as connection:
        connection.execute("create table sales (id integer, price, note text, late, day, big)")
        rows = [
            (n, n if n % 2 else n / 4, f"n{n}", "z" if n == 100 else None, "2024-02-29", 2**60 + n)
            for n in range(ROWS)
        ]
        connection.executemany("insert into sales values (?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    return tmp_path


def test_columns_have_the_type_of_all_their_values_and_rows_their_order(here):
    query = "select * from sales order by id desc;"
    raw = open_table(f"sqlite:///{here}/shop.db", asked=ReadOptions(query=query))
    assert raw.columns == ["id", "price", "note", "late", "day", "big"]
    assert [raw[name].dtype.kind for name in ("id", "price", "big")] == ["i", "f", "i"]
    assert raw["id"].tolist() == list(range(ROWS))[::-1]
    assert raw["big"].iloc[0] == 2**60 + ROWS - 1
    assert raw["late"].dropna().tolist() == ["z"]
    assert raw.reading == {"query": query}
    (batch,) = open_rows("sqlite:///shop.db", ReadOptions(query=query)).read(["note"])
    assert batch.table.column("note")[0].as_py() == f"n{ROWS - 1}"


def test_rows_that_have_no_order_are_said_to_have_none():
    said = open_table(
        "sqlite:///shop.db", asked=ReadOptions(query="select 'order by' as a from sales")
    ).reading
    assert "for want of an ORDER BY" in said["order of rows"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("delete from sales", "syntax error"),
        ("select id from (delete from sales returning id)", "syntax error"),
        ("select id from sales; delete from sales", "syntax error"),
        ("select 1); delete from sales; select * from (select 1", "one statement"),
        ("attach 'new.db' as other", "syntax error"),
        ("pragma journal_mode = wal", "syntax error"),
        ("vacuum into 'new.db'", "syntax error"),
        ("select * from pragma_table_info('sales')", "not authorized"),
        ("select load_extension('x')", "not authorized"),
        ("select writefile('new.db', 'x')", "no such function"),
        ("select nix from sales", "no such column: nix"),
        ("select id, id from sales", "column names must differ, got 'id' twice"),
        (
            "select case id % 3 when 0 then id else note end as k from sales",
            "1000 integer and 2000",
        ),
        ("select id from sales where id < 0", "got 0 rows"),
        ("none", "which rows of a database"),
    ],
)
def test_what_is_no_reading_of_rows_is_refused_and_changes_nothing(query, said, here):
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    with pytest.raises(RepriseError, match=said) as refused:
        open_table("sqlite:///shop.db", asked=ReadOptions(query=query))
    assert "\n" not in str(refused.value)
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("sqlite:///nix.db", "not found in"),
        ("sqlite:///text.db", "must be an SQLite database"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_not_made(data, said, here):
    Path("text.db").write_text("a,b\n1,2\n")
    with pytest.raises(RepriseError, match=said):
        open_table(data, asked=ReadOptions(query="select 1"))
    assert not Path("nix.db").exists()


def test_the_file_itself_as_data_says_how_to_name_it():
    with pytest.raises(RepriseError, match=r"sqlite:///<path>, with a query"):
        read_table("shop.db")
