"""Where the header of a delimited text is, and what in it is no row of the table."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from reprise.data.formats.field_kinds import Record, column_kinds, field_kind
from reprise.data.formats.no_rows import is_rule, is_total
from reprise.data.formats.text_delimiter import (
    BELOW,
    MOST_ABOVE,
    Delimited,
    evened,
    find_delimiter,
    used_width,
)
from reprise.data.number_spelling import MARKERS
from reprise.errors import RepriseError

_YEARS = range(1800, 2200)
_UNIT = re.compile(r"[\[(].*[\])]|%|°.?|\W*")


@dataclass(frozen=True)
class Layout:
    """How the records of a text are to be read.

    `start` lines stand above the first record of the table; `named` says whether that has the
    names, `units` that the record below it has units. `columns` counts those with a name or a
    value; `quoted` says that each record stands in quotes as one field, `padded` that blanks
    behind delimiters, and at the ends of lines, are no part of a field, `uneven` that records end
    in delimiters that the header has not, or that lines are drawn between them.
    """

    delimiter: str
    start: int
    columns: int
    named: bool = True
    units: bool = False
    quoted: bool = False
    padded: bool = False
    uneven: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the first record names the columns, and every other is a row."""
        other = self.units or self.quoted or self.padded or self.uneven
        return self.start == 0 and self.named and not other

    def fields(self, record: Record) -> Record:
        """The fields of a record, unwrapped where it stands in quotes."""
        if self.quoted and len(record) == 1:
            return next(csv.reader(record, delimiter=self.delimiter), [])
        return [field.rstrip() for field in record] if self.padded else record


def find_layout(lines: Sequence[str], above: int = 0, named: bool | None = None) -> Layout:
    """The layout by the first lines of a text; only whole ones are given.

    `named` says whether the first of them names the columns, where somebody has told it: `above`
    lines stand above it.
    """
    text = find_delimiter(lines)
    delimiter = text.delimiter
    records, width = evened(text.records)
    uneven = records != text.records or any(map(is_rule, records))
    how = {"quoted": text.quoted, "padded": text.padded, "uneven": uneven}
    if width < 2:
        return Layout(delimiter, above, max(1, width), named is not False, **how)
    _refuse_open_quotes(records, width, delimiter)
    if named and len(records[0]) < width:
        _refuse_overflow(records[:1], width, above + 1)
    header = 0 if named else _header(records, width, used_width(records, width))
    rows = [r for r in records[header + 1 :] if len(r) == width and any(r)]
    rows = [r for r in rows if not (is_total(r, width) or is_rule(r))][:BELOW]
    below = [record for record in rows if record != records[header]] or rows
    if header and named is None and _is_comment(records[header - 1], width):
        header -= _is_row(records[header], below)
    columns = _filled(records[header], below)
    if named is None and any(field_kind(field) != "text" for field in records[header]):
        _refuse_overflow(records[:header], width, header)
    if not named and (named is False or _is_row(records[header], below)):
        header = _first_row(records[:header], below, header)
        start = _lines_above(lines, text, header)
        return Layout(delimiter, start, columns, named=False, **how)
    units = False
    if below and is_header_too(below[0], below[1:]):
        if named or not are_names(below[0][:columns]):
            units = True
        else:
            header = records.index(below[0], header + 1)
    start = above + _lines_above(lines, text, header)
    return Layout(delimiter, start, columns, units=units, **how)


def _is_comment(record: Record, width: int) -> bool:
    """Whether a record may be a header behind a sign for comments: #chrom, pos."""
    texts = all(field_kind(field) == "text" for field in record)
    return len(record) == width and record[0].startswith("#") and texts


def _refuse_open_quotes(records: Sequence[Record], width: int, delimiter: str) -> None:
    """Raise RepriseError where a field has whole rows in it, because a quote was not closed."""
    full = [r for r in records[1:] if len(r) == width and not any("\n" in field for field in r)]
    typed = [n for n, kind in enumerate(column_kinds(full)) if kind in ("number", "date")]
    for field in (field for record in records for field in record if "\n" in field):
        inside = [line.rstrip("\r").split(delimiter) for line in field.split("\n")[1:-1]]
        rows = [fields for fields in inside if len(fields) == width]
        if typed and any(all(field_kind(row[n]) != "text" for n in typed) for row in rows):
            start = field.partition("\n")[0]
            raise RepriseError(
                f"quotes must be closed, got a field that begins with {start!r} and has rows in "
                'it: write a quote within a field twice ("")'
            )


def _lines_above(lines: Sequence[str], text: Delimited, place: int) -> int:
    """How many lines the first records take: a quoted field may have ends of lines."""
    reader = csv.reader(lines, delimiter=text.delimiter, skipinitialspace=text.padded)
    for _ in islice(reader, place):
        pass
    return reader.line_num


def _refuse_overflow(above: Sequence[Record], width: int, place: int) -> None:
    """Raise RepriseError where a header is there, but names fewer fields than the rows have."""
    names = next((r for r in above if len(r) > 1 and all(field_kind(f) == "text" for f in r)), None)
    if names is not None:
        raise RepriseError(
            f"rows must have as many fields as the header has names, got {width} in line "
            f"{place + 1} under {len(names)} names: quote fields that hold a delimiter, "
            "such as decimal commas"
        )


def _header(records: Sequence[Record], width: int, used: int) -> int:
    """The place of the first record that names most of the columns in use; 0 where none does."""
    for place, record in enumerate(records[:MOST_ABOVE]):
        named = sum(bool(field.strip()) for field in record)
        # A column of row numbers often has no name, and is the first.
        full = named * 2 > used or (named == used - 1 and not record[0].strip())
        if len(record) == width and full and not record[0].startswith("#"):
            return place
    return 0


def _filled(header: Record, below: Sequence[Record]) -> int:
    """How many columns there are without those at the end that have neither name nor value."""
    count = len(header)
    while count > 1 and not any(any(record[count - 1 :]) for record in (header, *below)):
        count -= 1
    return count


def _is_row(record: Record, below: Sequence[Record]) -> bool:
    """Whether a record is data like those below it.

    It is where each of its fields fits a column of numbers or dates, and something tells that they
    are no names: years and places (1, 2, 3) may be both.
    """
    if not below:
        return False
    kinds = column_kinds(below)
    typed = [n for n, kind in enumerate(kinds) if kind in ("number", "date")]
    if not typed or any(field_kind(record[n]) not in (kinds[n], "gap") for n in typed):
        return False
    if any(kinds[n] == "date" == field_kind(record[n]) for n in typed):
        return True
    given = [record[n].strip() for n in typed if record[n].strip()]
    if not given or _may_beare_names(given):
        return False
    texts = [n for n, kind in enumerate(kinds) if kind == "text"]
    return (
        all(
            field_kind(record[n]) != "text" or any(record[n] == row[n] for row in below)
            for n in texts
        )
        or len(given) > 1
        or not given[0].isdecimal()
    )


def _first_row(above: Sequence[Record], below: Sequence[Record], place: int) -> int:
    """The place of the first row where the one at `place` is a row: others may have many gaps."""
    typed = [n for n, kind in enumerate(column_kinds(below)) if kind in ("number", "date")]
    for record in reversed(above):
        kinds = {field_kind(record[n]) for n in typed} if len(record) == len(below[0]) else set()
        if "text" in kinds or kinds <= {"gap"}:
            break
        place -= 1
    return place


def _may_beare_names(fields: Sequence[str]) -> bool:
    """Whether numbers may be names: different ones that are years, or count in even steps."""
    try:
        numbers = [float(field) for field in fields]
    except ValueError:
        return False
    if len(set(numbers)) < len(numbers):
        return False
    steps = {round(after - before, 9) for before, after in pairwise(numbers)}
    even = len(steps) == 1 and min(steps) > 0
    if all(field.isdecimal() for field in fields):
        return all(number in _YEARS for number in numbers) or (even and steps == {1.0})
    return even and len(numbers) > 2


def is_header_too(record: Record, below: Sequence[Record]) -> bool:
    """Whether a record is none of the rows: with it no column of numbers would be one.

    A first row may have a word where others have a number: units say that it is none, or words in
    several such columns, while no text of it is one that rows have.
    """
    kinds = column_kinds(below) if len(below) > 1 else []
    typed = [n for n, kind in enumerate(kinds) if kind in ("number", "date")]
    if not typed or any(field_kind(record[n]) != "text" for n in typed):
        return False
    words = {record[n].strip() for n in typed}
    if any(_UNIT.fullmatch(word) and word.lower() not in MARKERS for word in words):
        return True
    texts = [n for n, kind in enumerate(kinds) if kind == "text" and record[n].strip()]
    repeats = any(record[n] == row[n] for n in texts for row in below)
    return len({word for word in words if word.lower() not in MARKERS}) > 1 and not repeats


def are_names(record: Record) -> bool:
    """Whether a second header has names, and not the units of the first."""
    units = any(_UNIT.fullmatch(field.strip()) for field in record)
    return len(set(record)) == len(record) and not units
