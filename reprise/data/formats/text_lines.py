"""Lines of a delimited text, counted as an editor counts them, and the rows that begin in them."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TextIO

import pandas as pd

from reprise.data.formats.field_kinds import Record
from reprise.data.formats.no_rows import is_note, is_rule, is_total
from reprise.data.formats.stored_table import check_fields
from reprise.data.formats.text_layout import Layout
from reprise.errors import RepriseError

# A record, and the line in which it begins.
Numbered = tuple[int, Record]
_LONGEST_FIELD = 1 << 30


def numbered_records(file: TextIO, layout: Layout) -> Iterator[Numbered]:
    """The records of the table from its first, which may be the header.

    Raises RepriseError where a quote is open at the end.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    above = sum(1 for _ in islice(file, layout.start))
    taken: list[str] = []
    reader = csv.reader(
        _kept(file, taken), delimiter=layout.delimiter, skipinitialspace=layout.padded
    )
    line = above + 1
    for record in reader:
        yield line, layout.fields(record)
        begun, line = line, above + reader.line_num + 1
        if len(taken) > 1 and sum(text.count('"') for text in taken) % 2:
            raise RepriseError(
                f"a quote must be closed, got one from line {begun} that is open at the end: "
                "close it, or write it twice where it is part of a field"
            )
        taken.clear()


def _kept(file: TextIO, taken: list[str]) -> Iterator[str]:
    for text in file:
        taken.append(text)
        yield text


def table_rows(file: TextIO, layout: Layout, gone: Counter[str]) -> Iterator[Numbered]:
    """The header, then the rows; what is left out is counted by its kind."""
    width, header = layout.columns, None
    if not layout.named:
        yield 0, [f"column_{number}" for number in range(1, width + 1)]
    if layout.start:
        gone["lines above the table"] = layout.start
    held: list[Numbered] = []  # the last row, and what may be notes below the table
    for place, (line, fields) in enumerate(numbered_records(file, layout)):
        if place == 0 and layout.named:
            header = [field.strip() for field in fields[:width]]
            yield line, header
        elif layout.units and place == 1:
            gone["lines of units"] += 1
        elif not any(field.strip() for field in fields):
            gone["rows of nothing"] += 1
        elif width > 1 and len(fields) == 1 and fields[0].startswith("#"):
            gone["comments"] += 1
        elif width > 1 and is_rule(fields):
            gone["lines drawn between rows"] += 1
        elif header is not None and [field.strip() for field in fields[:width]] == header:
            gone["repeated headers"] += 1
        else:
            check_fields(fields, width, line)
            if not is_note(fields, width):
                yield from held
                held.clear()
            held.append((line, fields[:width]))
    yield from _rows_of(held, width, gone)


def _rows_of(last: list[Numbered], width: int, gone: Counter[str]) -> list[Numbered]:
    """What of the last records is a row: notes below the table are none, nor is a total."""
    rows = [(line, fields) for line, fields in last if not is_note(fields, width)]
    if len(rows) < len(last):
        gone["lines below the table"] += len(last) - len(rows)
    if rows and is_total(rows[-1][1], width):
        gone["totals at the end"] += 1
        return []
    return rows


def plain_rows(file: TextIO, layout: Layout) -> Iterator[Numbered]:
    """The header, then every row of a text that has nothing else, as its readers see it."""
    for line, fields in numbered_records(file, layout):
        if len(fields) > 1 or any(field.strip() for field in fields):
            check_fields(fields, layout.columns, line)
            yield line, fields


def line_of_row(path: Path, layout: Layout, is_plain: bool, row: int) -> int | None:
    """The line in which a row begins, both counted from 1; it is looked for from the start."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = plain_rows(file, layout) if is_plain else table_rows(file, layout, Counter())
        return next((line for line, _ in islice(rows, row, None)), None)


@contextmanager
def lines_named(path: Path, layout: Layout) -> Iterator[None]:
    """Have what readers cannot read be said by its line, where it is a row or an open quote."""
    try:
        yield
    except (ValueError, pd.errors.ParserWarning):
        with suppress(csv.Error), path.open(encoding="utf-8-sig", newline="") as file:
            try:
                for _ in plain_rows(file, layout):
                    pass
            except RepriseError as error:
                raise ValueError(str(error)) from None  # whoever knows the file's name says it
        raise
