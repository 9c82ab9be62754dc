"""Parquet files: columns are read from where they lie."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reprise.data.formats.stored_table import (
    Format,
    RawTable,
    StoredTable,
    check_names,
    pandas_column,
)
from reprise.data.read_options import ReadOptions
from reprise.runtime.progress import Report

_INDEX = re.compile(r"__index_level_\d+__")
_BATCH_ROWS = 1 << 16
_BATCH_VALUES = 4 << 20


def read_parquet(path: Path, source: str, asked: ReadOptions) -> StoredTable:
    """The table of a Parquet file.

    pandas stores an index as a column of its own, and takes it away again when it reads.
    """
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if not is_index(name)]
        rows = file.metadata.num_rows
    check_names(names, source)

    def read(name: str) -> pd.Series:
        with pq.ParquetFile(path) as file:
            return pandas_column(file.read(columns=[name]), name)

    def batches(wanted: Sequence[str]) -> Iterator[pa.Table]:
        size = max(1, min(_BATCH_ROWS, _BATCH_VALUES // max(1, len(wanted))))
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(size, columns=list(wanted)):
                yield pa.Table.from_batches([batch]).select(list(wanted))

    def load(report: Report) -> RawTable:
        return RawTable(names, rows, read)

    return StoredTable(names, load, batches)


def is_index(name: str) -> bool:
    """Whether a column is the index of a DataFrame, which no one has named."""
    return _INDEX.fullmatch(name) is not None


FORMAT = Format("Parquet", lambda start, path: start.startswith(b"PAR1"), read_parquet)
