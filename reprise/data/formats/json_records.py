"""JSON: an array of flat records, or one record a line (JSON lines)."""

import codecs
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import json as arrow_json

from reprise.data.formats.stored_table import (
    Format,
    StoredTable,
    check_names,
    stored_in_memory,
    with_facts,
)
from reprise.data.formats.text_encoding import as_utf8, start_as_utf8
from reprise.data.read_options import ReadOptions
from reprise.errors import RepriseError

_RECORD = re.compile(rb'\s*\{\s*(\}|"(?:[^"\\]|\\.)*"\s*:)')
_ARRAY = re.compile(rb"\s*\[\s*([\[\]{]|null\s*,|\"[^\"]*\"\s*[\],])")
_OPEN = re.compile(rb"[\[{]")
_NAMED = {type(None): "null", str: "text"}
_BLOCK = 16 << 20
# Arrow goes down into each bracket by a call of its own, and the process ends where the stack does.
_DEEPEST = 500


def read_json(path: Path, source: str, asked: ReadOptions) -> StoredTable:
    """The table of the records, its columns in the order in which names come first.

    What a record has not is missing. Raises RepriseError where a name stands for values of
    different types.
    """
    text, encoding = as_utf8(path, source)
    content = text.read_bytes().removeprefix(codecs.BOM_UTF8)
    if _ARRAY.match(content):
        content = b"\n".join(_lines(_loaded(content, source), source))
    elif content.count(b"[") + content.count(b"{") > content.count(b"\n") + _DEEPEST:
        _check_depth(content, source)
    options = arrow_json.ReadOptions(block_size=max(_BLOCK, len(content) // 64))
    try:
        table = arrow_json.read_json(io.BytesIO(content), options)
    except pa.ArrowInvalid as error:
        raise RepriseError(
            f"JSON must be flat records with one type a name, got '{source}' "
            f"({str(error).splitlines()[0]}): mend it"
        ) from None
    kinds = zip(table.column_names, table.schema.types, strict=True)
    nested = [name for name, kind in kinds if pa.types.is_nested(kind)]
    if len(table) == 1 and (nested or not table.column_names):
        names = ", ".join(f"'{name}'" for name in nested)
        raise RepriseError(
            "JSON must be an array of flat records, or one a line, got one record of nested "
            f"values ({names}) in '{source}': write {{name: value}} for each row"
        )
    check_names(table.column_names, source)
    stored = stored_in_memory(table, {} if encoding is None else {"encoding": encoding})
    return with_facts(stored, {"encoding": (encoding or "utf-8").partition(";")[0]})


def _check_depth(content: bytes, source: str) -> None:
    """Raise RepriseError for brackets in brackets beyond measure: Arrow would end the process."""
    depth = 0
    for found in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', content):
        sign = found[0]
        depth += (sign in b"[{") - (sign in b"]}")
        if depth > _DEEPEST:
            raise _too_deep(source)


def _loaded(content: bytes, source: str) -> list[Any]:
    try:
        found: list[Any] = json.loads(content)
    except RecursionError:
        raise _too_deep(source) from None
    return found


def _too_deep(source: str) -> RepriseError:
    return RepriseError(
        f"JSON must be flat records, got brackets in each other, hundreds deep, in '{source}': "
        "write {name: value} for each row"
    )


def _lines(records: list[Any], source: str) -> Iterator[bytes]:
    """The records as JSON lines, which Arrow reads."""
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            kind = _NAMED.get(type(record), type(record).__name__)
            raise RepriseError(
                f"JSON must be an array of records, got {kind} at place {number} "
                f"in '{source}': write {{name: value}} for each row"
            )
        yield json.dumps(record, ensure_ascii=False).encode()


def _recognizes(start: bytes, path: Path) -> bool:
    start = start_as_utf8(start)
    return bool(_RECORD.match(start) or _ARRAY.match(start))


FORMAT = Format("JSON", _recognizes, read_json)
