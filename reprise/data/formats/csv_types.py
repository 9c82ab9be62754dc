"""What the fields of a CSV mean: whole numbers, numbers, true and false, or text.

A column has the type that fits all of its fields, as pandas.read_csv has it, but block by block:
the whole of it is never in memory as text and as numbers at once.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reprise.data.formats.stored_table import pandas_values
from reprise.predictor import ColumnKind, Missing, NumberForm

# The fields that pandas.read_csv takes for missing ones.
MISSING = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)
# All but the empty one have one of these.
_OF_EVERY_WORD = (b"N", b"n")
_NUMBERS = (pa.int64(), pa.uint64(), pa.float64())
_SPACES = " \t\n\v\f\r"
_HEAD = 64
_WITH_COMMA = f"number:{NumberForm(',')}"

Blocks = Callable[[], Iterator[pa.Array]]


def read_column(name: str, blocks: Blocks, decimal: str) -> pd.Series:
    """The column that the blocks of text spell: int64, uint64, float64, bool, boolean or str.

    `blocks` gives the column's text, missing fields as nulls, as often as it is called;
    `decimal` is the mark of fractions, "." or ",".
    """
    return pandas_values(_typed(blocks, decimal)).rename(name)


def words_of(missing: Missing) -> tuple[str, ...]:
    """The fields that stand for a missing value by themselves: always the empty one."""
    return MISSING if missing.words else ("",)


def fields_of_kind(fields: pa.Array, kind: ColumnKind, decimal: str) -> pa.Array:
    """Fields as they stand in a file as numbers or truth values, as far as their kind asks for it.

    Missing fields are null. Where a field is no such value all stay text, for `as_kind` to say so.
    """
    kind, missing = Missing.of_kind(kind)
    present = present_fields(fields, missing)
    found = None
    if kind == "boolean":
        found = _truths(present)
    if found is None and kind in ("number", "boolean", "datetime:%Y%m%d"):
        found = _numbers(present if decimal == "." else _with_points(present))
    elif kind == _WITH_COMMA:
        # A file with decimal points is read by a model that learned from one with commas.
        found = _numbers(_with_points(present)) if decimal == "," else _numbers(present)
    return present if found is None else found


def present_fields(
    fields: pa.Array, missing: Missing, words: Counter[str] | None = None
) -> pa.Array:
    """Fields as they stand in a file, those that stand for a missing value null.

    `words` are told how many of them are which word, empty ones apart.
    """
    if missing.words and any(letter in _text_of(fields) for letter in _OF_EVERY_WORD):
        gone = pc.is_in(fields, pa.array(words_of(missing)))
    else:
        gone = pc.equal(fields, "")  # many times faster
    if pc.any(gone).as_py():
        if words is not None:
            found = pc.value_counts(fields.filter(gone)).to_pylist()
            words.update({each["values"]: each["counts"] for each in found if each["values"]})
        fields = pc.if_else(gone, pa.scalar(None, fields.type), fields)
    if not missing.markers:
        return fields
    marked = pc.match_substring_regex(fields, missing.pattern)
    return pc.if_else(marked, pa.scalar(None, fields.type), fields)


def marker_counts(blocks: Iterator[pa.Array], missing: Missing) -> dict[str, int]:
    """How many fields of a column are each of the markers."""
    patterns = {marker: Missing(False, (marker,)).pattern for marker in missing.markers}
    counts = Counter[str]()
    for block in blocks:
        for marker, pattern in patterns.items():
            counts[marker] += pc.sum(pc.match_substring_regex(block, pattern)).as_py() or 0
    return dict(+counts)


def _typed(blocks: Blocks, decimal: str) -> pa.ChunkedArray:
    def numbers(block: pa.Array) -> pa.Array | None:
        return _numbers(block if decimal == "." else _with_points(block))

    if (found := _converted(blocks(), numbers)) is not None:
        return _one_type(found)
    if (found := _converted(blocks(), _truths)) is not None:
        return pa.chunked_array(found)
    # In one piece: rows are taken out of it block by block.
    return pa.chunked_array([pa.concat_arrays([b.cast(pa.large_string()) for b in blocks()])])


def _converted(
    blocks: Iterator[pa.Array], convert: Callable[[pa.Array], pa.Array | None]
) -> list[pa.Array] | None:
    """Every block converted, or None from the first on that cannot be."""
    found = []
    for block in blocks:
        if (converted := convert(block)) is None:
            return None
        found.append(converted)
    return found


def _numbers(block: pa.Array) -> pa.Array | None:
    """The block in the narrowest type that holds all of it, or None where a field is no number."""
    # Arrow makes a message for every field that is no number, so a few fields choose the type.
    ways = [(kind, tidy) for kind in _NUMBERS for tidy in (False, True)]
    while ways and _parsed(block.slice(0, _HEAD), *ways[0]) is None:
        del ways[0]
    return next((found for way in ways if (found := _parsed(block, *way)) is not None), None)


def _parsed(block: pa.Array, kind: pa.DataType, tidy: bool) -> pa.Array | None:
    text = _tidied(block) if tidy else block
    try:
        found = pc.cast(text, kind)
    except pa.ArrowInvalid:
        return None
    if _has_code(text):
        return None
    if pa.types.is_floating(kind):
        # Spellings of nan other than those above are text.
        return None if pc.any(pc.is_nan(found)).as_py() else found
    return None if _hexadecimal(block) else found


def _has_code(block: pa.Array) -> bool:
    """Whether a field has leading zeros, which a number would lose: 00501."""
    zeros = block.filter(pc.starts_with(block, "0"))
    return len(zeros) > 0 and bool(pc.any(pc.match_substring_regex(zeros, r"^0\d+$")).as_py())


def _tidied(block: pa.Array) -> pa.Array:
    """Without the white space and plus signs that Arrow knows not to be part of a number."""
    trimmed = pc.utf8_trim(block, characters=_SPACES)
    return pc.replace_substring_regex(trimmed, r"^\+([0-9.])", r"\1")


def _hexadecimal(block: pa.Array) -> bool:
    return any(letter in _text_of(block) for letter in (b"x", b"X"))


def _text_of(block: pa.Array) -> bytes:
    """All fields of a block in a row, without what is between them."""
    _, ends, text = block.buffers()
    if text is None or not len(block):
        return b""
    width = np.int64 if pa.types.is_large_string(block.type) else np.int32
    places = np.frombuffer(ends, width)
    start, end = places[block.offset], places[block.offset + len(block)]
    return bytes(text.slice(start, end - start))


def _with_points(block: pa.Array) -> pa.Array:
    """Decimal commas as points; a point that was there before is part of no number."""
    swapped = pc.replace_substring(block, ".", "no number")
    return pc.replace_substring(swapped, ",", ".")


def _one_type(blocks: list[pa.Array]) -> pa.ChunkedArray:
    """Blocks of numbers in the narrowest type for all: one block may need a wider one."""
    narrowest = max(_NUMBERS.index(block.type) for block in blocks)
    for kind in _NUMBERS[narrowest:]:
        exact = kind != pa.float64()
        try:
            return pa.chunked_array([block.cast(kind, safe=exact) for block in blocks])
        except pa.ArrowInvalid:  # a negative number beside one that only uint64 holds
            continue
    raise AssertionError("every number fits a double")


def _truths(block: pa.Array) -> pa.Array | None:
    lowered = pc.utf8_lower(block)
    known = pc.is_in(lowered, pa.array(["true", "false", None], block.type))
    return pc.equal(lowered, "true") if pc.all(known, min_count=0).as_py() else None
