"""Tables of several Parquet files, as datasets of Arrow: by columns, or from their start."""

from collections.abc import Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from reprise.data.formats.stored_table import (
    RawTable,
    Reading,
    StoredTable,
    check_names,
    pandas_column,
)
from reprise.errors import RepriseError
from reprise.runtime.progress import Report

_BATCH_ROWS = 1 << 16
_BATCH_VALUES = 4 << 20
# Batches that are read ahead of the one that is asked for: what they hold is in memory.
_AHEAD = 2


def stored_dataset(dataset: ds.Dataset, reading: Reading, source: str) -> StoredTable:
    """The table of a dataset, its rows in the order of its files."""
    names = list(dataset.schema.names)
    check_names(names, source)

    def read(name: str) -> pd.Series:
        try:
            return pandas_column(dataset.to_table(columns=[name]), name)
        except (pa.ArrowException, OSError) as error:
            raise _blamed(dataset, [name], error, source) from None

    def batches(wanted: Sequence[str]) -> Iterator[pa.Table]:
        size = max(1, min(_BATCH_ROWS, _BATCH_VALUES // max(1, len(wanted))))
        columns = list(wanted)
        empty = True
        try:
            for batch in dataset.to_batches(
                columns=columns, batch_size=size, batch_readahead=_AHEAD, fragment_readahead=1
            ):
                yield pa.Table.from_batches([batch])
                empty = False
        except (pa.ArrowException, OSError) as error:
            raise _blamed(dataset, columns, error, source) from None
        if empty:
            yield dataset.schema.empty_table().select(columns)

    def load(report: Report) -> RawTable:
        return RawTable(names, dataset.count_rows(), read, reading)

    return StoredTable(names, load, batches, None, reading)


def _blamed(
    dataset: ds.Dataset, names: Sequence[str], error: Exception, source: str
) -> RepriseError:
    """Which file and column it was that could not be read."""
    for fragment in dataset.get_fragments():
        for name in names:
            try:
                for _ in fragment.to_batches(schema=dataset.schema, columns=[name]):
                    pass
            except (pa.ArrowException, OSError) as found:
                kind = dataset.schema.field(name).type
                return RepriseError(
                    f"parts of a table must have values of one type, got column '{name}' of "
                    f"'{fragment.path}', which cannot be read as {kind} ({_reason(found)}): "
                    "write that file anew"
                )
    return RepriseError(f"data must be readable, got '{source}' ({_reason(error)}): mend it")


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
