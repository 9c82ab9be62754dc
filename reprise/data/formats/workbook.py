"""Excel and OpenDocument workbooks: one sheet is a table."""

import datetime
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from reprise.data.formats.field_kinds import field_kind
from reprise.data.formats.no_rows import is_total
from reprise.data.formats.stored_table import (
    NO_HEADER,
    Format,
    Reading,
    StoredTable,
    check_names,
    stored_in_memory,
    with_facts,
)
from reprise.data.formats.text_delimiter import BELOW
from reprise.data.formats.text_layout import are_names, is_header_too
from reprise.data.formats.tidy_text import left_out
from reprise.data.read_options import Header, ReadOptions
from reprise.errors import RepriseError
from reprise.predictor import tidy

Row = list[Any]

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_workbook(path: Path, source: str, asked: ReadOptions) -> StoredTable:
    """The table of a sheet: the one that `source` names (`book.xlsx#sheet`), else the only one.

    Raises RepriseError where there are several and none is named, or it is not there.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            name = _sheet(_candidates(book, source), source)
            sheet = book.get_sheet_by_name(name)
            rows, above = sheet.to_python(), sheet.start[0] if sheet.start else 0
    except CalamineError as error:
        raise ValueError(f"no workbook: {error}") from None
    names, body, told, line = _apart(rows, above, asked.header, source)
    body, gone = _rows(body)
    columns = {
        title or f"Unnamed: {place}": _column([row[place] for row in body])
        for place, title in enumerate(names)
        if title or any(row[place] != "" for row in body)
    }
    check_names(names, source)
    stored = stored_in_memory(pa.table(columns), {"sheet": name} | told | left_out(gone))
    above_it = {"lines above the table": line - 1} if line and line > 1 else {}
    facts = {"header_line": line, "skipped": {**above_it, **gone}}
    return replace(with_facts(stored, facts), named_by_line=True)


def _apart(
    rows: list[Row], above: int, header: Header, source: str
) -> tuple[list[str], list[Row], Reading, int | None]:
    """Names and rows of a sheet with so many empty rows `above`, and how and where names are."""
    start = next((at for at, row in enumerate(rows) if _names_all(row)), 0)
    nameless = header.line == 0
    if not header.is_given and rows and not _has_text(rows[start]):
        # What has no text names nothing; the row above it may, though it is mostly empty.
        nameless = start == 0 or not _has_text(rows[start - 1])
        start -= not nameless
    if nameless and rows:
        names = [f"column_{number}" for number in range(1, len(rows[0]) + 1)]
        told = f"{NO_HEADER}, as asked" if header.is_given else NO_HEADER
        return names, rows[start:], {"header": told}, None
    if header.line:
        start = header.line - 1 - above
        if not 0 <= start < len(rows) or not any(cell != "" for cell in rows[start]):
            raise RepriseError(
                f"header must be a row that names columns, got {header} for '{source}', "
                f"whose rows are {above + 1} to {above + len(rows)}: give another"
            )
    if not header.is_given and rows:
        start += _is_second_header(rows[start + 1 : start + BELOW + 2])
    names = [tidy(_text(title)) for title in rows[start]] if rows else []
    place = f"row {above + start + 1}"
    told = f"{place}, as asked" if header.line else place if above + start else ""
    return names, rows[start + 1 :], {"header": told} if told else {}, above + start + 1


def _is_second_header(body: list[Row]) -> bool:
    """Whether the first row below what seemed to be the header has the names."""
    records = [[_text(cell) for cell in row] for row in body if any(cell != "" for cell in row)]
    return len(records) > 1 and is_header_too(records[0], records[1:]) and are_names(records[0])


def _rows(body: list[Row]) -> tuple[list[Row], dict[str, int]]:
    """The rows below the header, and how much of what else stands there: units, notes, a total."""
    end = len(body)
    while end and _is_no_row(body[end - 1]):
        end -= 1
    # Notes stand below an empty row: else it is a row of which little is known.
    below = [any(cell != "" for cell in row) for row in body[end:]]
    notes = sum(below) if below and not below[0] else 0
    body = body[:end] if notes else body
    rows = [row for row in body if any(cell != "" for cell in row)]
    records = [[_text(cell) for cell in row] for row in (*rows[: BELOW + 1], *rows[-1:])]
    units = bool(rows) and is_header_too(records[0], records[1:-1])
    total = bool(rows) and is_total(records[-1], len(rows[0]))
    gone = {"lines of units": int(units), "totals at the end": int(total)}
    kept = rows[units : len(rows) - total]
    return kept, {what: n for what, n in (*gone.items(), ("lines below the table", notes)) if n}


def _is_no_row(row: Row) -> bool:
    """Whether a row is empty, or has one text in one of its cells."""
    full = [cell for cell in row if cell != ""]
    return not full or (len(full) == 1 < len(row) and field_kind(_text(full[0])) == "text")


def _candidates(book: Any, source: str) -> list[str]:
    """The names of the sheets; where none is asked for, of those that are not empty."""
    from python_calamine import SheetVisibleEnum

    every: list[str] = book.sheet_names
    if len(every) == 1 or source.rpartition("#")[2] in every:
        return every
    shown = SheetVisibleEnum.Visible
    names = [each.name for each in book.sheets_metadata if each.visible == shown] or every
    return [name for name in names if book.get_sheet_by_name(name).height] or names


def _sheet(names: Sequence[str], source: str) -> str:
    wanted = source.rpartition("#")[2] if "#" in source else ""
    if wanted in names:
        return wanted
    if not wanted and len(names) == 1:
        return names[0]
    known = ", ".join(f"'{name}'" for name in names)
    got = f"'{wanted}'" if wanted else "none"
    raise RepriseError(
        f"data must name a sheet of a workbook with several, got {got} of {known}: "
        f"write {source.partition('#')[0]}#{names[0]}"
    )


def _has_text(row: Row) -> bool:
    return any(isinstance(cell, str) and cell.strip() for cell in row)


def _names_all(row: Row) -> bool:
    """Whether a row may be the header: the first that is not mostly empty."""
    return sum(cell != "" for cell in row) * 2 > len(row)


def _column(cells: list[Any]) -> pa.Array:
    """Cells as Arrow has them: numbers, truth values, dates, or text for what is mixed.

    Workbooks know no whole numbers: a column without fractions is one of those.
    """
    values = [None if cell == "" else cell for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds == {datetime.date, datetime.datetime}:
        values = [value and datetime.datetime(*value.timetuple()[:6]) for value in values]
    elif kinds <= {int, float} and all(value is None or value == int(value) for value in values):
        values = [None if value is None else int(value) for value in values]
    elif len(kinds) > 1 and not kinds <= {int, float}:
        values = [None if value is None else _text(value) for value in values]
    return pa.array(values)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _recognizes(start: bytes, path: Path) -> bool:
    if start.startswith(_OLD):
        return True
    if not start.startswith(b"PK"):
        return False
    with (
        suppress(zipfile.BadZipFile, NotImplementedError, RuntimeError),
        zipfile.ZipFile(path) as archive,
    ):
        names = archive.namelist()
        if "mimetype" in names:
            return b"opendocument.spreadsheet" in archive.read("mimetype")
        return "xl/workbook.xml" in names or "xl/workbook.bin" in names
    return False


FORMAT = Format("workbook", _recognizes, read_workbook)
