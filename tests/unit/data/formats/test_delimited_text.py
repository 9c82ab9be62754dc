"""Random tables in random dialects are read as they were written, or refused."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings

from reprise.data.formats import text_encoding
from reprise.data.formats.csv_types import MISSING
from reprise.data.raw_table import open_table
from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError
from tests.unit.data.dialects import Text, texts

SAID = text_encoding._GUESSES
COMMON = {
    "deadline": None,
    "derandomize": True,  # the same tables every time: one that fails is kept in PAST
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


REFUSED: list[Text] = []
AMBIGUOUS: list[Text] = []
NUMBERS = [
    ["1283", "-9,75", "80,18"],
    ["", "", "-10,5"],
    ["-42", "13,18", "-2,62"],
    ["7", "", "1,5"],
]
WEST = [["Köln", "1.5"], ["Größe", "2.5"], ["grün", "3.5"], ["Größe", "4.5"]]
# What was once read as something else.
PAST = (
    Text(["a", "b", "c"], NUMBERS[:1] + NUMBERS, delimiter=";", named=False),
    Text(["a", "b"], [["Hélène", "1"], ["où", "2"], ["élève", "3"], ["façade", "4"]], "cp1252"),
    Text(["a", "b"], [["Łódź", "1"], ["żółty", "2"], ["święto", "3"]], "cp1250"),
    Text(["a", "b"], [["kůň", "1"], ["večeře", "2"], ["žlutý", "3"]], "cp1250"),
    Text(["a", "b"], [["ığdır", "1"], ["güneş", "2"], ["ağaç", "3"]], "cp1254"),
    Text(["a", "b"], [["España", "1"], ["niño", "2"], ["José", "3"]], "mac_roman"),
    Text(["a", "b"], WEST, "mac_roman"),
    Text(["a", "b"], [["ירושלים", "1"], ["נהר", "2"], ["חורף", "3"]], "cp1255"),
    Text(["a", "b"], [["東京", "1"], ["カタカナ", "2"], ["ひらがな", "3"]], "cp932"),
    Text(["a", "b"], WEST, quoting="all", nothing=(1,)),
    Text(["a", "b"], WEST, above=("# made by a tool", "# on Monday"), trailing=2),
    Text(["a", "b", "c"], [[*row, "x"] for row in WEST], quoting="all", units=True, total=True),
    Text(["a", "b"], WEST, units=True, repeated=(2,)),
    Text(["a", "b", "c"], [["1.5", "x", ""], *([*row[::-1], "7"] for row in WEST)], named=False),
    Text(["a", "b", "c"], [["0", "0.0", "0"]] * 3, named=False),
    Text(["a", "b", "c"], [["x", "2024-01-26", ""], ["y", "2024-01-27", "z"]] * 2, named=False),
)


def kept(test: Any) -> Any:
    """The test, also with each of these."""
    for each in PAST:
        test = example(each)(test)
    return test


def check(text: Text) -> None:
    """Read back equal to what was written, or refused."""
    path = Path("table.csv")
    path.write_bytes(text.content())
    try:
        raw, rows = open_table(str(path)), open_rows(str(path))
        tables = [batch.table for batch in rows.read(rows.columns)]
    except RepriseError:
        REFUSED.append(text)
        return
    said = str(raw.reading)
    if f"; or {SAID.get(text.encoding)}," in raw.reading.get("encoding", ""):
        AMBIGUOUS.append(text)
        return
    assert raw.columns == rows.columns == text.columns, said
    found = [list(row.values()) for table in tables for row in table.to_pylist()]
    written = [row for row in text.rows if any(row)]  # others are rows of nothing
    assert [[field or "" for field in row] for row in found] == written, said
    for place, name in enumerate(raw.columns):
        check_column(raw[name], [row[place] for row in written], raw.decimal)


def check_column(values: pd.Series, fields: list[str], decimal: str) -> None:
    """Typed values are those that the fields spell."""
    for value, field in zip(values, fields, strict=True):
        if field in MISSING:
            assert pd.isna(value)
        elif isinstance(value, str):
            assert value == field
        elif field in ("true", "false"):
            assert value == (field == "true")
        else:
            assert value == float(field.replace(decimal, "."))


@kept
@settings(max_examples=50, **COMMON)
@given(texts())
def test_a_table_in_any_dialect_is_read_as_it_was_written_or_refused(text):
    check(text)


@pytest.mark.slow
def test_500_tables_in_any_dialect_are_read_as_they_were_written_or_refused():
    REFUSED.clear()
    AMBIGUOUS.clear()

    @settings(max_examples=500, **COMMON)
    @given(texts())
    def every(text: Text) -> None:
        check(text)

    every()
    assert len(REFUSED) < 25
    assert len(AMBIGUOUS) < 25
