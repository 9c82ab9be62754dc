"""The delimiter of a text, and its first records taken apart by it."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reprise.data.formats.field_kinds import Record, field_kind

# The last two are what Hive, and machines of old, write between fields.
DELIMITERS = ",;\t|^~\x01\x1f"
_BLANK = " "
# Lines above a header, and rows below it that tell what kind its columns are.
MOST_ABOVE = 40
BELOW = 100
# Of fields between blanks: below, a text is prose.
_MOSTLY_TYPED = 0.5


@dataclass(frozen=True)
class Delimited:
    """A text taken apart: its delimiter, and its first records.

    `quoted` says that each record stands in quotes as one field, `padded` that blanks behind
    delimiters are no part of a field.
    """

    delimiter: str
    records: list[Record]
    quoted: bool = False
    padded: bool = False


def find_delimiter(lines: Sequence[str]) -> Delimited:
    """How a text is taken apart, by its first lines."""
    read = {mark: _records(lines, mark) for mark in DELIMITERS}
    delimiter = _delimiter(read)
    if (inner := _unwrapped(read[delimiter])) is not None:
        return Delimited(*inner, quoted=True)
    records = read[delimiter]
    if usual_width(records) < 2:
        return _by_blanks(lines) or Delimited(delimiter, records)
    if _is_padded(records):
        return Delimited(delimiter, _records(lines, delimiter, padded=True), padded=True)
    return Delimited(delimiter, records)


def _by_blanks(lines: Sequence[str]) -> Delimited | None:
    """A text whose fields stand apart by blanks, as many as line them up; None for prose."""
    records = [_without_end(record) for record in _records(lines, _BLANK, padded=True)]
    width = usual_width(records)
    if width < 2 or _agreeing(records, width) < 1.0 or _typed(records[1:], width) < _MOSTLY_TYPED:
        return None
    return Delimited(_BLANK, records, padded=True)


def _without_end(record: Record) -> Record:
    """Without the empty field that blanks at the end of a line make."""
    return record[:-1] if len(record) > 1 and not record[-1] else record


def _is_padded(records: Sequence[Record]) -> bool:
    """Whether a blank stands behind every delimiter, but perhaps for those of the first record."""
    width = usual_width(records)
    fields = [f for record in records[1:] if len(record) == width for f in record[1:] if f]
    return len(fields) > 0 and all(field[0] == _BLANK for field in fields)


def _records(lines: Sequence[str], delimiter: str, padded: bool = False) -> list[Record]:
    """The first records, as far as they can be taken apart."""
    found: list[Record] = []
    try:
        for record in csv.reader(lines, delimiter=delimiter, skipinitialspace=padded):
            found.append(record)
            if len(found) > MOST_ABOVE + BELOW:
                break
    except csv.Error:
        pass  # a field beyond all measure
    return found


def _delimiter(read: dict[str, list[Record]]) -> str:
    """The one with which most records have as many fields; then most of these numbers or dates.

    Those with which the first record has as many come first.
    """
    widths = {mark: usual_width(records) for mark, records in read.items()}

    def fits(mark: str) -> tuple[bool, float, float, int]:
        records, width = read[mark], widths[mark]
        first = bool(records) and len(records[0]) == width > 1
        return first, _agreeing(records, width), _typed(records, width), width

    return max(read, key=fits)


def _typed(records: Sequence[Record], width: int) -> float:
    """The share of numbers and dates among the fields of records of this width."""
    fields = [field for record in records if len(record) == width > 1 for field in record]
    kinds = [kind for field in fields if (kind := field_kind(field)) != "gap"]
    return sum(kind != "text" for kind in kinds) / len(kinds) if kinds else 0.0


def usual_width(records: Sequence[Record]) -> int:
    """How many fields most records have."""
    widths = Counter(len(record) for record in records if any(record))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def evened(records: list[Record]) -> tuple[list[Record], int]:
    """Records without what delimiters at their ends make, where header or rows alone have them."""
    width = usual_width(records)
    used = used_width(records, width) if width > 1 else width
    if used < 2 or not any(used <= len(record) != width for record in records[:1]):
        return records, width
    if len(records[0]) < width and any(record[used:] for record in records if any(record[used:])):
        return records, width
    return [r[:used] if len(r) > used and not any(r[used:]) else r for r in records], used


def used_width(records: Sequence[Record], width: int) -> int:
    """How many columns of records of this width there are up to the last that has a field."""
    full = [record for record in records if len(record) == width]
    return max(place + 1 for r in full for place in range(width) if r[place].strip() or not place)


def _agreeing(records: Sequence[Record], width: int) -> float:
    """The share of the records that have as many fields; none of those that have one."""
    full = [record for record in records if any(record)]
    return sum(len(r) == width for r in full) / len(full) if full and width > 1 else 0.0


def _unwrapped(records: list[Record]) -> tuple[str, list[Record]] | None:
    """Delimiter and records of a text whose rows are one quoted field each."""
    body = [record[0] for record in records[1:] if len(record) == 1 and record[0]]
    if len(body) < 2 or len(body) * 2 < len(records):
        return None
    for mark in DELIMITERS:
        inner = _records(body, mark)
        width = usual_width(inner)
        header = records[0] if len(records[0]) > 1 else next(csv.reader(records[0], delimiter=mark))
        if width > 1 and _agreeing(inner, width) == 1.0 and len(header) == width:
            return mark, [header, *inner]
    return None
