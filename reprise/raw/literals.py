"""What the fields of a CSV mean: whole numbers, numbers, true and false, or text.

A column has the type that fits all of its fields, as pandas.read_csv has it, but block by block:
the whole of it is never in memory as text and as numbers at once.
"""

from collections.abc import Callable, Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# The fields that pandas.read_csv takes for missing ones.
MISSING = ("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND",
           "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null")  # fmt: skip
_MISSING_FIELDS = pa.array(MISSING)
_NUMBERS = (pa.int64(), pa.uint64(), pa.float64())
_SPACES = " \t\n\v\f\r"
_HEAD = 64

Blocks = Callable[[], Iterator[pa.Array]]


def read_column(name: str, blocks: Blocks, decimal: str) -> pd.Series:
    """The column that the blocks of text spell: int64, uint64, float64, bool, boolean or str.

    `blocks` gives the column's text, missing fields as nulls, as often as it is called;
    `decimal` is the mark of fractions, "." or ",".
    """
    column = _typed(blocks, decimal)
    gaps = column.null_count > 0
    mapper = {pa.bool_(): pd.BooleanDtype()}.get if gaps else None
    return column.to_pandas(types_mapper=mapper).rename(name)


def fields_of_kind(fields: pa.Array, kind: str, decimal: str) -> pa.Array:
    """Fields as they stand in a file as numbers or truth values, as far as their kind asks for it.

    Missing fields are null. Where a field is no such value all stay text, for `as_kind` to say so.
    """
    present = pc.if_else(pc.is_in(fields, _MISSING_FIELDS), pa.scalar(None, fields.type), fields)
    found = None
    if kind == "boolean":
        found = _truths(present)
    if found is None and kind in ("number", "boolean"):
        found = _numbers(present if decimal == "." else _with_points(present))
    return present if found is None else found


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
    try:
        found = pc.cast(_tidied(block) if tidy else block, kind)
    except pa.ArrowInvalid:
        return None
    if pa.types.is_floating(kind):
        # Spellings of nan other than those above are text.
        return None if pc.any(pc.is_nan(found)).as_py() else found
    return None if _hexadecimal(block) else found


def _tidied(block: pa.Array) -> pa.Array:
    """Without the white space and plus signs that Arrow knows not to be part of a number."""
    trimmed = pc.utf8_trim(block, characters=_SPACES)
    return pc.replace_substring_regex(trimmed, r"^\+([0-9.])", r"\1")


def _hexadecimal(block: pa.Array) -> bool:
    return any(pc.any(pc.match_substring(block, letter)).as_py() for letter in "xX")


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
