"""Tables written for a test, and read as somebody has asked."""

from pathlib import Path

import pandas as pd

from reprise.data.preparation import prepare
from reprise.data.raw_table import open_table
from reprise.data.read_options import ReadOptions
from reprise.data.row_stream import open_rows_with
from reprise.data.schema import Schema
from tests.tables import RANDOM


def asked(**texts: str) -> ReadOptions:
    return ReadOptions.parse(texts)


def saved(*lines: str, name: str = "table.csv") -> str:
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def schema(source: str, target: str = "y", **texts: str) -> Schema:
    return prepare(open_table(source, asked=asked(**texts)), source, target, "auto", RANDOM).schema


def rows(source: str, found: Schema) -> pd.DataFrame:
    """The rows of a file as score reads them."""
    read = open_rows_with(source, ReadOptions.parse(found.asked), found.kinds)
    (batch,) = read.read(list(found.kinds))
    return batch.plain(found.kinds)
