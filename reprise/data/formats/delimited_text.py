"""Delimited text (CSV, TSV): whatever it is written like, read by one reader."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa

from reprise.data.formats.csv_reader import Dialect, find_dialect, raw_fields, spill_fields
from reprise.data.formats.csv_types import marker_counts, present_fields, read_column
from reprise.data.formats.stored_table import (
    Facts,
    Format,
    RawTable,
    Reading,
    StoredTable,
    check_names,
)
from reprise.data.formats.text_encoding import as_utf8
from reprise.data.formats.text_layout import Layout, find_layout
from reprise.data.formats.text_lines import line_of_row, lines_named
from reprise.data.formats.tidy_text import header_told, needs_tidying, tidied, told
from reprise.data.read_options import Header, ReadOptions
from reprise.errors import RepriseError
from reprise.predictor import Missing
from reprise.runtime.progress import Report

# Of the start of a text: enough for a few rows of a wide table.
_SAMPLE_BYTES = 1 << 20
_SAMPLE_LINES = 400


def read_text(path: Path, source: str, asked: ReadOptions) -> StoredTable:
    """The table of a delimited text."""
    missing = asked.missing
    text, encoding = as_utf8(path, source)
    layout = _layout(text, asked.header, source)
    dialect, gone = _dialect(text, layout, missing)
    reading: Reading = {} if encoding is None else {"encoding": encoding}
    reading |= told(layout, gone)
    if asked.header.is_given:
        reading["header"] = f"{header_told(layout)}, as asked"
    check_names(dialect.header, source)
    if dialect.decimal == ",":
        reading |= {"decimal mark": "comma"}
    facts = _facts(encoding, layout, gone)
    positions = {name: position for position, name in enumerate(dialect.names)}

    def batches(names: Sequence[str]) -> Iterator[pa.Table]:
        with lines_named(text, layout):
            for fields in raw_fields(dialect, [positions[name] for name in names]):
                yield pa.table(fields, names=list(names))

    def load(report: Report) -> RawTable:
        with lines_named(text, layout):
            spill, rows = spill_fields(dialect, report)
        counted: dict[str, Counter[str]] = {}

        def blocks(name: str) -> Iterator[pa.Array]:
            found = Counter[str]()
            for block in spill.blocks(positions[name]):
                yield present_fields(block, missing, found)
            counted[name] = found

        def read(name: str) -> pd.Series:
            return read_column(name, lambda: blocks(name), dialect.decimal)

        def words(name: str) -> dict[str, int]:
            found = counted[name]
            return {word: found[word] for word in found if word not in missing.markers}

        def markers(name: str) -> dict[str, int]:
            return marker_counts(spill.blocks(positions[name]), missing)

        counts = words, markers, line_of
        return RawTable(dialect.names, rows, read, reading, facts, *counts, decimal=dialect.decimal)

    def line_of(row: int) -> int | None:
        return line_of_row(text, layout, dialect.path == text, row)

    return StoredTable(dialect.names, load, batches, dialect.decimal, reading, facts, True, line_of)


def _facts(encoding: str | None, layout: Layout, gone: Mapping[str, int]) -> Facts:
    return {
        "encoding": (encoding or "utf-8").partition(";")[0],
        "delimiter": layout.delimiter,
        "header_line": layout.start + 1 if layout.named else None,
        "skipped": dict(gone),
    }


def _dialect(text: Path, layout: Layout, missing: Missing) -> tuple[Dialect, Mapping[str, int]]:
    """How the table is written, in a copy where the text has more; and what that leaves out."""
    if layout.is_plain:
        with lines_named(text, layout):
            dialect = find_dialect(text, layout.delimiter, missing)
        if not needs_tidying(text, layout, dialect.header):
            return dialect, {}
    copy, gone = tidied(text, layout)
    return find_dialect(copy, layout.delimiter, missing), gone


def _layout(path: Path, header: Header, source: str) -> Layout:
    above = max(0, (header.line or 0) - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        skipped = sum(1 for _ in islice(file, above))
        text = file.read(_SAMPLE_BYTES)
        whole = not file.read(1)
    # As an editor counts them: at ends of lines only.
    lines = list(StringIO(text, newline=""))
    if header.line and not (lines and lines[0].strip()):
        raise RepriseError(
            f"header must be a line that names columns, got {header} for '{source}', "
            f"{'which is empty' if lines else f'which has {skipped} lines'}: give another"
        )
    lines = lines[: _SAMPLE_LINES if whole else min(_SAMPLE_LINES, len(lines) - 1)]
    return find_layout(lines, above, None if header.line is None else header.line > 0)


FORMAT = Format("delimited text", lambda start, path: True, read_text)
