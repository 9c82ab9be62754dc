"""The formats of tables, and which of them a file has."""

import codecs
from pathlib import Path

from reprise.data.folders import is_folder
from reprise.data.formats import (
    arrow_file,
    arrow_stream,
    delimited_text,
    json_records,
    parquet_file,
    workbook,
)
from reprise.data.formats.no_table import refuse_other_things
from reprise.data.formats.stored_table import Reading, StoredTable, told_more
from reprise.data.formats.unpacked import chosen_of_zip, unpacked
from reprise.data.read_options import ReadOptions
from reprise.errors import RepriseError

# In the order in which they are asked: any text is taken for a delimited one.
FORMATS = (
    parquet_file.FORMAT,
    arrow_file.FORMAT,
    arrow_stream.FORMAT,
    workbook.FORMAT,
    json_records.FORMAT,
    delimited_text.FORMAT,
)
_START = 4096
# A zip file of a gzip file, and what is in that.
_PACKED_AT_MOST = 3


def read_file(path: Path, source: str, asked: ReadOptions) -> StoredTable:
    """The table in a file, by its content, or in a folder; `source` is what messages call it.

    Raises RepriseError for what is no table, ValueError, OSError or EOFError for a damaged one.
    """
    if is_folder(path):
        # Only here, for it imports what a file does not need.
        from reprise.data.formats.parquet_folder import read_folder

        return read_folder(path, source)
    reading: Reading = {}
    for _ in range(_PACKED_AT_MOST):
        start = _start(path, source)
        form = next(form for form in FORMATS if form.recognizes(start, path))
        # What is packed looks like text to those who only know their own beginnings.
        inside = unpacked(path, start, source) if form is delimited_text.FORMAT else path
        if inside == path:
            break
        if chosen := chosen_of_zip(path, start, source):
            reading["file of the archive"] = chosen
        path = inside
    if form is delimited_text.FORMAT:
        refuse_other_things(start, source)
    stored = form.read(path, source, asked)
    return told_more(stored, reading) if reading else stored


def _start(path: Path, source: str) -> bytes:
    with path.open("rb") as file:
        start = file.read(_START)
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise RepriseError(
            f"a table needs rows and columns, got the empty file '{source}': give a table with data"
        )
    return start
