"""Where the header is, and what is no row."""

from pathlib import Path

import pytest

from reprise.data.raw_table import open_table, read_table
from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError

NAMES = ["a", "b", "c"]
ROWS = [["west", "1.5", "7"], ["east", "2.5", "8"], ["west", "3.5", "9"]]


def saved(text: str) -> str:
    Path("table.csv").write_text(text, encoding="utf-8", newline="")
    return "table.csv"


def text(*above: str, names: str | None = "a,b,c", below: str = "", end: str = "\n") -> str:
    lines = [*above, *([] if names is None else [names]), *(",".join(row) for row in ROWS)]
    return end.join(lines) + end + below


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (text(), {}),
        (text(end="\r\n"), {}),
        (text(end="\r"), {}),
        (text("Quarterly figures,,", ",,"), {"header": "line 3", "left out": "2 lines"}),
        (text("Quarterly figures"), {"header": "line 2", "left out": "1 lines above"}),
        (text("# by a tool", "# in 2024"), {"header": "line 3"}),
        (text("X1,X2,X3"), {"header": "line 2"}),
        (text(names="a,b,c\n(-),(m),(kg)"), {"left out": "1 lines of units"}),
        (text(below=",,\n,,\n"), {"left out": "2 rows of nothing"}),
        (text(below="Total,7.5,\n"), {"left out": "1 totals at the end"}),
        (text(names="a , b, c"), {}),
        (text(names="a\u200b,b,\ufeffc"), {}),
        (text(names="a,b,c\n---,---,---"), {"left out": "1 lines drawn between rows"}),
        (
            " a | b | c \n---+---+---\n" + "".join(f" {' | '.join(row)} \n" for row in ROWS),
            {"left out": "1 lines drawn", "fields": "without the blanks before them"},
        ),
        (text(names="a,b,c,"), {}),
        ("a,b,c\n" + "".join(",".join(row) + ",\n" for row in ROWS), {}),
        (text(below="Source: the office, page 3\n"), {"left out": "1 lines below the table"}),
        (text(below="Average,2.5,\n"), {"left out": "1 totals at the end"}),
        (
            text().replace("east", "# looked at\neast"),
            {"left out": "1 comments"},
        ),
        (text(below="\nSource: the office\nin euros\n"), {"left out": "2 lines below the table"}),
        (text(below="Total,7.5,\nSource: the office\n"), {"left out": "1 lines below"}),
        (text(below=",,\n* in euros,,\nSource: it,,\n"), {"left out": "2 lines below the table"}),
        (
            "a, b, c\n" + "".join(", ".join(row) + "\n" for row in ROWS),
            {"fields": "without the blanks before them"},
        ),
        (
            "".join(f"{a:>6}  {b:>9}   {c:<4}\n" for a, b, c in (NAMES, *ROWS)),
            {"fields": "apart by blanks"},
        ),
        *((text().replace(",", mark), {}) for mark in ";\t|^~\x01\x1f"),
        ("a,b,c,,\n" + "".join(",".join(row) + ",,\n" for row in ROWS), {}),
        ("a;b;c\n" + "".join(f'"{";".join(row)}"\n' for row in ROWS), {"rows": "quoted"}),
        (
            "a,b,c\nwest,1.5,7\neast,2.5,8\na,b,c\nwest,3.5,9\n",
            {"left out": "1 repeated headers"},
        ),
    ],
)
def test_a_table_is_found_in_what_stands_around_it(written, said):
    raw = open_table(saved(written))
    assert raw.columns == NAMES
    assert {name: list(raw[name]) for name in NAMES} == {
        "a": ["west", "east", "west"],
        "b": [1.5, 2.5, 3.5],
        "c": [7, 8, 9],
    }
    assert set(raw.reading) - {"left out"} == set(said) - {"left out"}
    for what, words in said.items():
        assert words in raw.reading[what]


@pytest.mark.parametrize("written", [text("title,,"), text(below=",,\n"), text("X1,X2,X3")])
def test_scoring_reads_the_rows_that_training_reads(written):
    rows = open_rows(saved(written))
    assert rows.columns == NAMES
    (batch,) = rows.read(NAMES)
    assert batch.table.to_pydict() == {
        name: [row[place] for row in ROWS] for place, name in enumerate(NAMES)
    }


def test_a_table_without_a_header_has_columns_by_number():
    raw = open_table(saved(text(names=None)))
    assert raw.columns == ["column_1", "column_2", "column_3"]
    assert raw.rows == 3
    assert "no header" in raw.reading["header"]


@pytest.mark.parametrize(
    "written",
    [
        "country,2010,2011,2012\nA,1.5,2.5,3.5\nB,4.5,5.5,6.5\n",
        "1,2,3\n0.5,0.25,7.5\n8.5,9.5,1.5\n",
        "id,400.5,401.0,401.5\nA,0.5,0.25,0.125\nB,0.75,1.5,1.25\n",
        "first,second\nx,y\nz,w\n",
        "a\n1\n2\n",
        ",a\n0,x\n1,y\n",
        "a,b\n,\n1,2\n",
        "name,value\nann,1\nbo,\n",
    ],
)
def test_the_first_line_names_the_columns_where_it_can(written):
    raw = open_table(saved(written))
    assert raw.columns == [name or "Unnamed: 0" for name in written.splitlines()[0].split(",")]
    assert "header" not in raw.reading


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("a,b\n0,5,1,5\n2,5,3,5\n", "got 4 in line 2 under 2 names"),
        ("a,b\n1,2,3\n4,5,6\n", "got 3 in line 2 under 2 names"),
        ("title,,\na,b,c\nx,1,2\nx,1,2,3\n", "got 4 in line 4"),
    ],
)
def test_fields_that_overflow_the_header_are_refused_by_line(written, message):
    with pytest.raises(RepriseError, match=message):
        read_table(saved(written))


@pytest.mark.parametrize(
    "first",
    ["unknown,red,4.5", "unknown,,4.5", "?,red,n/a", "A1,red,B2", "unknown,red,unknown", "-,,-"],
)
def test_a_first_row_of_words_is_no_header(first):
    rows = [f"{n},{'red' if n % 2 else 'blue'},{n / 3:.2f}" for n in range(1, 20)]
    Path("t.csv").write_text("\n".join(["a,b,c", first, *rows, ""]))
    table = open_table("t.csv")
    assert (table.columns, table.rows, table.reading) == (["a", "b", "c"], 20, {})


@pytest.mark.parametrize("first", ["kg,,m", "(kg),,(m)", "kg,colour,m"])
def test_units_and_a_second_header_are_no_row(first):
    rows = [f"{n},{'red' if n % 2 else 'blue'},{n / 3:.2f}" for n in range(1, 20)]
    Path("t.csv").write_text("\n".join(["a,b,c", first, *rows, ""]))
    assert open_table("t.csv").rows == 19


def test_a_header_behind_a_sign_for_comments_names_the_columns():
    raw = open_table(saved("##version 4\n" + text(names="#a,b,c")))
    assert raw.columns == ["#a", "b", "c"]
    assert raw["b"].tolist() == [1.5, 2.5, 3.5]
    assert raw.reading["header"] == "line 2"
    assert open_table(saved(text(names="#a,b,c"))).columns == ["#a", "b", "c"]


def test_a_column_whose_name_is_blanks_is_one_without_a_name():
    assert open_table(saved(text(names="a, ,c"))).columns == ["a", "Unnamed: 1", "c"]
