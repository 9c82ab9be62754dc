"""What a query on files may ask for, and what is refused before anything is read."""

import pytest

from reprise.data.queries.statement import parse
from reprise.errors import RepriseError

HOSTILE = {
    "copy data to '/tmp/out.csv'": "COPY",
    "select 1; copy data to '/tmp/out.csv'": "SELECT and COPY",
    "install httpfs": "got ",
    "load httpfs": "LOAD",
    "attach '/tmp/other.db' as other": "ATTACH",
    "create table kept as select * from data": "CREATE",
    "insert into data values (1)": "INSERT",
    "drop view data": "DROP",
    "pragma database_list": "got ",
    "set threads = 8": "SET",
    "call pragma_version()": "CALL",
    "export database '/tmp/all'": "EXPORT",
    "explain analyze select * from data": "EXPLAIN",
    "summarize data": "SUMMARIZE",
    "show tables": "SHOW",
    "prepare later as select 1": "PREPARE",
    "from glob('/etc/*')": "glob()",
    "from read_text('/etc/passwd')": "read_text()",
    "from read_blob('/etc/passwd')": "read_blob()",
    "from sniff_csv('/etc/passwd')": "sniff_csv()",
    "from query('select 1')": "query()",
    "from duckdb_secrets()": "duckdb_secrets()",
    "from enable_logging()": "enable_logging()",
    "from read_csv('/etc/' || 'passwd')": "in so many words",
    "from read_csv(['a.csv', (select 'b.csv')])": "in so many words",
    "from information_schema.tables": "information_schema.tables",
    "from other.csv": "'other.csv'",
    "": "nothing",
    "select * fro data": "syntax error",
    "select 'no end": "unterminated",
}
CHANGING = {
    "select random() from data": "random()",
    "select * from data order by uuid()": "uuid()",
    "select now() - interval 1 day": "now()",
    "select * from data where day < current_date": "current_date",
    "select age(day) from data": "age()",
    "from data tablesample 10%": "sample",
    "from data using sample 10 rows": "sample",
    "with late as (select today() as d) from late": "today()",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_reading_is_refused_in_one_line(text):
    with pytest.raises(RepriseError) as refused:
        parse(text)
    assert HOSTILE[text] in str(refused.value)
    assert str(refused.value).startswith("query must ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", CHANGING)
def test_what_differs_each_time_is_refused_by_its_name(text):
    with pytest.raises(RepriseError, match="the same rows each time") as refused:
        parse(text)
    assert CHANGING[text] in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "from data",
        "select a, count(*) over (order by b) from data where c > age(day, date '2024-01-01')",
        "with few as (select * from data) select * from few join FEW as other using (a)",
        "from data tablesample reservoir(10 rows) repeatable (42)",
        "pivot data on a in (1, 2) using sum(b)",
        "select d.current_date from data as d",
        "select unnest([1, 2]) union all from range(3);",
    ],
)
def test_one_select_of_data_names_no_file(text):
    assert (parse(text).tables, parse(text).files) == ((), ())


def test_files_are_found_wherever_they_stand():
    text = """
        with few as (select * from 'one.csv'), "two.xlsx#sheet" as (select 1 as a)
        select 'ü', (select max(a) from "drei ö.parquet") from data, "two.xlsx#sheet",
        read_csv('vier ö.csv', delim = ';') where a in (from read_parquet(['5.parquet', '6']))
    """
    found = parse(text)
    assert found.tables == ("one.csv", "drei ö.parquet")
    assert [file.name for file in found.files] == ["vier ö.csv", "5.parquet", "6"]
    placed = found.with_files({"vier ö.csv": "/it's/4", "5.parquet": "/f/5", "6": "/f/6"})
    assert "read_csv('/it''s/4', delim = ';')" in placed
    assert "read_parquet(['/f/5', '/f/6'])" in placed
    assert "from 'one.csv'" in placed


def test_two_names_that_sql_takes_for_one_are_refused():
    with pytest.raises(RepriseError, match=r"'A\.csv' and 'a\.csv'"):
        parse("from 'A.csv', 'a.csv'")
