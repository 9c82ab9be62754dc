"""Tables that are read as somebody has asked: the header, and what is left out."""

import openpyxl
import pandas as pd
import pytest

from reprise.data.raw_table import open_table
from reprise.data.read_options import AS_IT_IS, Columns, Header, as_query
from reprise.errors import RepriseError
from tests.as_asked import asked, rows, saved, schema


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"header": "0"}, "header must be auto, none or the number of a line, got '0'"),
        ({"header": "-1"}, "got '-1'"),
        ({"header": "first"}, "got 'first': give the line that names"),
        ({"missing": ""}, "missing must be auto, none or markers separated by commas, got ''"),
    ],
)
def test_other_values_are_refused(texts, message):
    with pytest.raises(RepriseError, match=message):
        asked(**texts)


def test_what_was_asked_for_is_kept_and_known_again():
    given = {"header": "3", "missing": "auto,-999", "drop": 'a,"b, c"'}
    assert asked(**given).given() == given
    assert asked(header="auto", missing="auto", drop="none") == AS_IT_IS
    assert AS_IT_IS.given() == {}
    assert asked(**given).drop == Columns(("a", "b, c"))


FIGURES = [f"{n},{n / 4},{n * n % 7}" for n in range(30)]


@pytest.mark.parametrize(
    ("above", "header", "names", "said"),
    [
        (["a,b,y", "metres,kg,points"], "1", ["a", "b", "y"], "line 1, as asked"),
        (["a,b,y", "metres,kg,points"], "2", ["metres", "kg", "points"], "line 2, as asked"),
        (
            ['"a title', 'of two lines, "" and more"', "", "x1,x2,x3"],
            "4",
            ["x1", "x2", "x3"],
            "line 4",
        ),
        (["one,two,three", "2010,2011,2012"], "2", ["2010", "2011", "2012"], "line 2, as asked"),
        (
            [],
            "none",
            ["column_1", "column_2", "column_3"],
            "no header: columns are called column_1",
        ),
        (["7,8,9"], "1", ["7", "8", "9"], "line 1, as asked"),
    ],
)
def test_the_header_is_in_the_line_that_was_asked_for(above, header, names, said):
    table = open_table(saved(*above, *FIGURES), asked=asked(header=header))
    assert table.columns == names
    assert table.rows == 30
    assert table[names[1]].tolist() == [n / 4 for n in range(30)]
    assert table.reading["header"].startswith(said)


@pytest.mark.parametrize(
    ("header", "message"), [("40", "which has 31 lines"), ("2", "which is empty")]
)
def test_a_line_that_names_nothing_is_no_header(header, message):
    source = saved("a,b,c", "", *FIGURES[:29])
    with pytest.raises(RepriseError, match=rf"got {header} for 'table.csv', {message}: give"):
        open_table(source, asked=asked(header=header))


def test_rows_longer_than_the_header_that_was_asked_for_are_refused():
    with pytest.raises(
        RepriseError, match="as many fields as the header has names, got 3 in line 2"
    ):
        open_table(saved("a,b", *FIGURES), asked=asked(header="1"))


def workbook(rows: list[list[object]]) -> str:
    book = openpyxl.Workbook()
    for place, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            book.active.cell(place, column, value)
    book.save("book.xlsx")
    return "book.xlsx"


def test_a_row_of_a_sheet_is_counted_as_its_program_counts_it():
    source = workbook([[], ["of", "2024"], [], ["a", "b"], ["c", "d"], [1, 2], [3, 4]])
    assert open_table(source).reading["header"] == "row 2"
    table = open_table(source, asked=asked(header="5"))
    assert (table.columns, table["c"].tolist()) == (["c", "d"], [1, 3])
    assert table.reading["header"] == "row 5, as asked"
    bare = workbook([[1, 2.5], [3, 4.5]])
    table = open_table(bare, asked=asked(header="none"))
    assert (table.columns, table.rows) == (["column_1", "column_2"], 2)
    with pytest.raises(RepriseError, match=r"got 9 for 'book.xlsx', whose rows are 1 to 2"):
        open_table(bare, asked=asked(header="9"))


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.json", "sklearn:iris"])
def test_a_table_whose_columns_have_names_has_no_line_of_them(name):
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    write = {"t.parquet": frame.to_parquet, "t.arrow": frame.to_feather}
    if name == "t.json":
        frame.to_json(name, orient="records")
    elif name in write:
        write[name](name)
    with pytest.raises(
        RepriseError, match="header must be auto where columns have names of their own, got '1' for"
    ):
        open_table(name, asked=asked(header="1"))
    assert list(open_table(name, asked=asked(missing="auto,4")).columns)


def test_columns_are_left_out_and_named():
    source = saved("a,b,t,y", *(f"{n},{n % 7},{n},{n / 8}" for n in range(40)))
    found = schema(source, drop="t,b")
    assert list(found.columns) == ["a"]
    assert found.dropped == {"t": {"reason": "as asked"}, "b": {"reason": "as asked"}}
    assert found.asked == {"drop": "t,b"}


@pytest.mark.parametrize(
    ("drop", "message"),
    [
        ("aa", "drop must be a column of the table, got 'aa': closest: 'a'"),
        ("y", "drop must not name the target, got 'y'"),
        ("a,b", r"needs a column to learn from, got none beside 'y' that varies \(2 others"),
    ],
)
def test_columns_that_cannot_be_left_out_are_refused(drop, message):
    source = saved("a,b,y", *(f"{n},{n % 7},{n / 8}" for n in range(40)))
    with pytest.raises(RepriseError, match=message):
        schema(source, drop=drop)


def test_scoring_finds_a_header_that_is_elsewhere():
    lines = ["2010,2011,y", *FIGURES]
    found = schema(saved("x,x,x", *lines), header="2")
    assert list(found.columns) == ["2010", "2011"]
    assert rows("table.csv", found)["2010"].tolist() == list(range(30))
    assert rows(saved(*lines, name="bare.csv"), found)["2010"].tolist() == list(range(30))
    pd.read_csv("bare.csv").to_parquet("bare.parquet")
    assert rows("bare.parquet", found)["2010"].tolist() == list(range(30))


def test_a_header_is_spelled_as_it_was_given():
    assert [str(Header.parse(text)) for text in ("auto", "none", "12")] == ["auto", "none", "12"]


def test_a_query_that_would_be_kept_with_a_secret_is_refused():
    plain = "select a, b from data where u <> 'https://host/a@b?c=1'"
    assert as_query(plain) == plain
    for url in ("https://me:s3cr3t@host/", "https://host/?sig=s3cr3t"):
        with pytest.raises(RepriseError, match="query must hold no password or token") as refused:
            as_query(f"select a from data where u <> '{url}'")
        assert "s3cr3t" not in str(refused.value)
