"""A delimited text without what is no row, its header in the first line."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from reprise.data.formats.field_kinds import Record
from reprise.data.formats.no_rows import is_note, is_total
from reprise.data.formats.stored_table import NO_HEADER, Reading
from reprise.data.formats.text_layout import Layout
from reprise.data.formats.text_lines import table_rows
from reprise.runtime.scratch import scratch_file

_TAIL = 64 << 10
_BLOCK = 4 << 20


def needs_tidying(path: Path, layout: Layout, header: Record) -> bool:
    """Whether more than rows stands below the header: empty ones, the header again, a total."""
    if not layout.is_plain or layout.columns < len(header):
        return True
    if len(header) < 2:
        return False
    with path.open("rb") as file:
        first = file.readline().removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
        if b"\r" in first:  # the only end of lines of old Macs, or within a name
            return True
        file.seek(0)
        mark, width = layout.delimiter.encode(), len(header)
        nothing = (mark * (width - 1), mark.join([b'""'] * width), first)
        comment = re.compile(rb"\n#[^\r\n%b]*[\r\n]" % re.escape(mark))
        for block in _blocks(file):
            if comment.search(block, 1) or any(_has_line(block, line) for line in nothing):
                return True
        file.seek(max(0, file.tell() - _TAIL))
        last = file.read().rstrip(b"\r\n").rpartition(b"\n")[2]
    with suppress(csv.Error):
        lines = [last.decode(errors="replace")]
        record = next(csv.reader(lines, delimiter=layout.delimiter), [])
        return is_total(record, len(header)) or is_note(record, len(header))
    return False


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The file in blocks of whole lines."""
    while block := file.read(_BLOCK):
        yield b"\n" + block + file.readline()


def _has_line(block: bytes, line: bytes) -> bool:
    """Whether a line is there, but for the first of the file."""
    found = block.find(b"\n" + line, 1)
    while found >= 0:
        end = found + len(line) + 1
        if block[end : end + 1] in (b"", b"\n", b"\r"):
            return True
        found = block.find(b"\n" + line, end)
    return False


def tidied(path: Path, layout: Layout) -> tuple[Path, Counter[str]]:
    """A copy with header and rows only, and how many lines of which kind were left out.

    Raises RepriseError that names the line of a row with more fields than the header has names.
    """
    copy, gone = scratch_file(), Counter[str]()
    with (
        path.open(encoding="utf-8-sig", newline="") as read,
        copy.open("w", encoding="utf-8", newline="") as written,
    ):
        writer = csv.writer(written, delimiter=layout.delimiter, lineterminator="\n")
        for _, record in table_rows(read, layout, gone):
            writer.writerow(record)
    return copy, gone


def header_told(layout: Layout) -> str:
    """Where the header is, in words."""
    if not layout.named:
        return NO_HEADER
    return f"line {layout.start + 1}"


def told(layout: Layout, gone: Mapping[str, int]) -> Reading:
    """What a text has that most have not, in words."""
    reading: Reading = {}
    if layout.quoted:
        reading["rows"] = "each a quoted field"
    if layout.padded:
        by_blanks = layout.delimiter == " "
        reading["fields"] = "apart by blanks" if by_blanks else "without the blanks before them"
    if layout.start or not layout.named:
        reading["header"] = header_told(layout)
    return reading | left_out(gone)


def left_out(gone: Mapping[str, int]) -> Reading:
    """What of a file is neither header nor row, in words."""
    words = ", ".join(f"{count} {what}" for what, count in gone.items() if count)
    return {"left out": words} if words else {}
