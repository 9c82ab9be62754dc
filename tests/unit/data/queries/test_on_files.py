"""SQL on files: what it sees of them, that it says the same each time, and that it is locked in."""

from pathlib import Path

import pandas as pd
import pytest

from reprise.data.queries.on_files import answer
from reprise.data.queries.statement import Statement
from reprise.data.raw_table import open_stored, open_table
from reprise.data.read_options import ReadOptions
from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError
from reprise.runtime.progress import silent

FRAME = pd.DataFrame(
    {
        "größe": [1.5, None, 3.25, 4.0],
        "city": ["Köln", "NA", None, "Zürich"],
        "code": [1, 2, 3, 4],
        "seen": [True, False, None, True],
    }
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = FRAME.to_csv(index=False, sep=";", decimal=",")
    Path("table.csv").write_bytes(f"A title\n\n{odd}".encode("windows-1252"))
    FRAME.to_parquet("table.parquet")
    Path("names.csv").write_text("code,name\n1,one\n2,two\n4,four\n")
    return tmp_path


def rows(query: str, data: str = "table.csv") -> list[tuple]:
    raw = open_table(data, asked=ReadOptions(query=query))
    frame = pd.DataFrame({name: raw[name] for name in raw.columns})
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize("data", ["table.csv", "table.parquet"])
def test_data_has_the_names_and_types_that_its_reader_finds(data):
    query = 'select "größe" * 2 as double, seen, code from data where "größe" > 1.5 and seen'
    assert rows(query, data) == [(8.0, True, 4)]


SPELLED = pd.DataFrame(
    {
        "price": ["$1,200.50", "$900.00", "$2,000.00"],
        "share": ["5.5%", "-3%", "7%"],
        "when": ["12-Jul-18", "2-Jan-17", "3-Feb-19"],
        "paid": ["yes", "no", "yes"],
    }
)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_numbers_and_dates_that_text_spells_are_such_in_a_query(kind):
    name = f"spelled.{kind}"
    SPELLED.to_csv(name, index=False) if kind == "csv" else SPELLED.to_parquet(name)
    assert rows("select price / 2 as half from data where share > 0 order by price", name) == [
        (600.25,),
        (1000.0,),
    ]
    assert rows("select share from data where \"when\" < '2018-01-01'", name) == [(-3.0,)]
    assert rows("select price from data where paid = 'no'", name) == [(900.0,)]
    reading = open_table(name, asked=ReadOptions(query="select * from data")).reading
    assert reading["column 'price'"] == "numbers, '$1,200.50' is 1200.5"
    assert reading["column 'when'"] == "dates, '12-Jul-18' is 2018-07-12"


def test_thousands_beside_decimal_commas_are_thousands_in_a_query():
    Path("comma.csv").write_text("a;b;c\n1.718;0,5;1,5\n2.001;1,5;2,5\n900;2,5;3,5\n")
    assert rows("select a, b from data", "comma.csv") == [
        *((1718.0, 0.5), (2001.0, 1.5), (900.0, 2.5))
    ]


def test_what_was_decided_about_the_file_and_the_query_are_said():
    query = "select *\n  from data"
    reading = open_table("table.csv", asked=ReadOptions(query=query)).reading
    assert reading["encoding"] == "windows-1252"
    assert reading["column 'city'"] == "'NA' taken for missing in 1 rows: missing=none keeps it"
    assert reading["query"] == "select * from data"


def test_rows_are_streamed_in_order_for_scoring():
    found = open_rows(
        "table.csv", ReadOptions(query="select code, city from data order by code desc")
    )
    assert found.columns == ["code", "city"]
    (batch,) = found.read(["code"])
    assert batch.table.column("code").to_pylist() == [4, 3, 2, 1]
    assert batch.decimal is None


@pytest.mark.parametrize("file", ["'names.csv'", "read_csv('names.csv')"])
def test_further_files_lie_beside_data(file, here, monkeypatch):
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    query = f"select name from data join {file} using (code) where name <> 'two'"
    assert rows(query, str(here / "table.csv")) == [("one",), ("four",)]


def test_further_files_are_read_as_data_is():
    query = "select d.code, t.city from data d join 'table.csv' t on t.code = d.code + 2"
    assert rows(query, "names.csv") == [(1, None), (2, "Zürich")]
    reading = open_table("names.csv", asked=ReadOptions(query=query)).reading
    assert reading["encoding of 'table.csv'"] == "windows-1252"


def test_data_may_stand_in_a_query_as_often_as_it_likes():
    query = (
        "select a.code from data a, data b where a.code < b.code and b.code in (from "
        "(select max(code) from data))"
    )
    assert rows(query) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select cide from data", 'Referenced column "cide" not found in FROM clause! Candidate'),
        ("select cide from data", '"code"'),
        ("select sume(code) from data", 'Did you mean "sum"'),
        ("select city::int from data", "Could not convert string 'Köln' to INT32"),
        ("select $1 from data", "Values were not provided"),
        ("select * from data join 'nix.csv' using (code)", "'nix.csv', not found in"),
        ("select * from data join 'https://x.org/n.csv' using (code)", "of this machine"),
        ("select * from data join 'names.csv' using (cod)", "cod"),
        ("select * from data, data", "column names must differ|data"),
        ("select code from data where code > 9", "got 0 rows in 'table.csv' by the query"),
        ("select interval 1 day as gap from data", "interval 'gap'"),
        ("select 10::hugeint * 1000000000000000000000 as big from data", "'big'"),
    ],
)
def test_a_query_that_fails_says_why_in_one_line(query, said):
    with pytest.raises(RepriseError, match=said) as refused:
        open_table("table.csv", asked=ReadOptions(query=query))
    assert "\n" not in str(refused.value)
    assert "LINE 1" not in str(refused.value)


def test_types_that_only_sql_has_become_those_of_a_table():
    (row,) = rows(
        "select 1.5::decimal(9, 2), sum(code), '12:30'::time, 'x'::enum('x', 'y'), null, "
        "date '2024-02-29', 7::utinyint, {'a': 1} from data"
    )
    assert row[:2] == (1.5, 10)
    assert row[2].startswith("12:30:00")
    assert row[3:5] == ("x", None)
    assert row[5] == pd.Timestamp("2024-02-29")
    assert row[6] == 7


def test_sums_and_order_come_out_the_same_each_time():
    count = 300_000
    values = pd.DataFrame({"key": [n * 7919 % 1013 for n in range(count)]})
    values.assign(value=[(n * 104729 % 99991) / 7 for n in range(count)]).to_parquet("big.parquet")
    query = "select key, sum(value) as total, any_value(value) as one from data group by key"
    first, second = (rows(query, "big.parquet") for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "text",
    [
        "copy data to 'written.csv'",
        "copy data to 'names.csv'",
        "from read_csv('other.csv')",
        "from 'other.csv'",
        'from "table"',
        "from read_csv('https://example.org/x.csv')",
        "from glob('*')",
        "from read_text('other.csv')",
        "attach 'written.db' as other",
        "install httpfs",
        "load httpfs",
        "set threads = 8",
        "set enable_external_access = true",
        "set allowed_paths = ['/']",
        "reset lock_configuration",
        "export database 'written'",
        "create secret s (type s3)",
    ],
)
def test_what_gets_past_the_look_at_the_text_meets_locks(text, here):
    Path("other.csv").write_text("secret\n1\n")
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    unseen = Statement(text, (), ())
    with pytest.raises(RepriseError, match="query must be SQL that DuckDB runs"):
        answer(unseen, {"data": open_stored("table.csv")}, {"n": str(here / "names.csv")}, silent)
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


def test_a_damaged_file_that_is_joined_is_called_by_its_name():
    Path("names.csv").write_text("code,name\n1,one\n2,two,three\n")
    with pytest.raises(RepriseError, match=r"names\.csv"):
        open_table("table.csv", asked=ReadOptions(query="from data join 'names.csv' using (code)"))


def test_a_folder_of_parquet_can_be_data_and_be_joined(here):
    for name in ("table", "other"):
        (here / name).mkdir()
        FRAME[:2].to_parquet(here / name / "part-1.parquet")
        FRAME[2:].to_parquet(here / name / "part-2.parquet")
    query = "select name, seen from data join 'names.csv' using (code) join 'other' using (code)"
    assert rows(query.replace("seen", "other.seen"), str(here / "table")) == [
        ("one", True),
        ("two", False),
        ("four", True),
    ]
    pattern = "select count(*) from data, 'other/part-*.parquet'"
    assert rows(pattern, "table") == [(16,)]
