"""Sheets of workbooks, written by another program's library."""

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from reprise.data.raw_table import open_table, read_table
from reprise.errors import RepriseError

Rows = list[list[object]]


def workbook(path: str, **sheets: Rows) -> str:
    """An Excel workbook of these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


ROWS: Rows = [
    ["a", "b", "c", "flag"],
    [1, 0.5, "x", True],
    [2, None, "y", False],
    [3, 2.5, None, True],
]


@pytest.mark.parametrize("above", [[], [["Figures of 2024"], []]])
def test_a_sheet_is_a_table_and_is_named(above):
    raw = open_table(workbook("book.xlsx", figures=[*above, *ROWS]))
    assert raw.columns == ["a", "b", "c", "flag"]
    assert raw["a"].tolist() == [1, 2, 3]
    assert raw["b"].tolist()[::2] == [0.5, 2.5]
    assert raw["c"].isna().tolist() == [False, False, True]
    assert raw["flag"].tolist() == [True, False, True]
    assert raw.reading["sheet"] == "figures"
    assert raw.reading.get("header") == ("row 3" if above else None)


def test_of_several_sheets_one_must_be_named():
    book = workbook("book.xlsx", one=ROWS, two=[["z"], [1], [2]])
    with pytest.raises(RepriseError, match=r"got none of 'one', 'two': write book\.xlsx#one"):
        read_table(book)
    assert read_table(f"{book}#two")["z"].tolist() == [1, 2]
    with pytest.raises(RepriseError, match="got 'three' of 'one', 'two'"):
        read_table(f"{book}#three")


def test_empty_sheets_beside_the_one_need_no_choice():
    book = workbook("book.xlsx", empty=[], figures=ROWS, Sheet3=[])
    assert open_table(book).reading["sheet"] == "figures"
    with pytest.raises(RepriseError, match="needs rows and columns, got 0 rows"):
        read_table(f"{book}#Sheet3")


@pytest.mark.parametrize(
    ("above", "names", "told"),
    [
        ([["a", None, None]], ["a", "Unnamed: 1", "Unnamed: 2"], None),
        ([[2020, "x\xa0y ", 2021.5]], ["2020", "x y", "2021.5"], None),
        ([], ["column_1", "column_2", "column_3"], "no header: columns are called"),
        ([["Figures", None, None], []], ["column_1", "column_2", "column_3"], "no header"),
    ],
)
def test_columns_are_named_by_a_row_with_text_or_by_their_places(above, names, told):
    raw = open_table(workbook("book.xlsx", s=[*above, [1, 2, 3.5], [4, 5, 6]]))
    assert raw.columns == names
    assert [raw[name].tolist() for name in names] == [[1, 4], [2, 5], [3.5, 6.0]]
    header = raw.reading.get("header")
    assert header is None if told is None else header.startswith(told)


def test_a_file_whose_name_has_the_sign_is_found_as_it_is():
    Path("a#b.csv").write_text("x,y\n1,2\n")
    assert read_table("a#b.csv")["y"].tolist() == [2]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*ROWS, ["Total", 3, None, None]], "1 totals at the end"),
        ([ROWS[0], ["kg", "m", None, None], *ROWS[1:]], "1 lines of units"),
        ([*ROWS, [], ["Source: the office"], ["In euros"]], "2 lines below the table"),
        ([*ROWS, ["Sum", 6], [], [], ["Source: the office"]], "1 totals at the end, 2 lines"),
    ],
)
def test_what_is_no_row_of_a_sheet_is_left_out_and_said(rows, said):
    raw = open_table(workbook("book.xlsx", figures=rows))
    assert raw.reading["left out"].startswith(said.replace(", 2 lines", ", 1 lines below"))
    assert raw["a"].tolist() == [1, 2, 3]
    assert raw["c"].tolist()[:2] == ["x", "y"]
    assert raw.facts["skipped"]


def test_a_last_row_with_a_name_alone_is_a_row():
    raw = open_table(workbook("book.xlsx", figures=[["name", "n"], ["Ann", 1], ["Bo", 2], ["Cy"]]))
    assert raw["name"].tolist() == ["Ann", "Bo", "Cy"]


def test_cells_of_several_kinds_are_text():
    table = read_table(workbook("book.xlsx", s=[["a"], [1], ["x"], [2.5]]))
    assert table["a"].tolist() == ["1", "x", "2.5"]


def test_hidden_sheets_are_not_asked_about_and_may_be_named():
    path = workbook("book.xlsx", lists=[["x"], [1]], figures=ROWS)
    book = openpyxl.load_workbook(path)
    book["lists"].sheet_state = "hidden"
    book.save(path)
    assert open_table(path).reading["sheet"] == "figures"
    assert open_table("book.xlsx#lists").columns == ["x"]


def test_names_stand_in_the_second_row_of_two_headers():
    above = ["Region", "Region", "Kind", "Money"]
    raw = open_table(workbook("book.xlsx", figures=[above, *ROWS]))
    assert raw.columns == ["a", "b", "c", "flag"]
    assert raw.reading["header"] == "row 2"
    assert raw.rows == 3


def test_dates_are_dates():
    days: Rows = [[datetime.datetime(2024, 1, day)] for day in range(1, 4)]
    table = read_table(workbook("book.xlsx", s=[["day"], *days]))
    assert table["day"].tolist() == [pd.Timestamp(2024, 1, day) for day in range(1, 4)]


def test_opendocument_is_read_too():
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_excel("book.ods", engine="odf", index=False)
    table = read_table("book.ods")
    assert table.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_a_damaged_workbook_is_refused():
    with zipfile.ZipFile("book.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "nothing")
    with pytest.raises(RepriseError, match=r"'book\.xlsx'"):
        read_table("book.xlsx")
