"""Arrow files (Feather): columns are read from where they lie."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from reprise.data.formats.stored_table import (
    Format,
    RawTable,
    StoredTable,
    check_names,
    pandas_column,
)
from reprise.data.read_options import ReadOptions
from reprise.runtime.progress import Report


def read_arrow(path: Path, source: str, asked: ReadOptions) -> StoredTable:
    """The table of an Arrow IPC file, which Feather (version 2) is."""
    with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped) as file:
        names = file.schema.names
        rows = sum(file.get_batch(number).num_rows for number in range(file.num_record_batches))
    check_names(names, source)

    def batches(wanted: Sequence[str]) -> Iterator[pa.Table]:
        options = pa.ipc.IpcReadOptions(included_fields=sorted(names.index(one) for one in wanted))
        with pa.memory_map(str(path)) as mapped, pa.ipc.open_file(mapped, options=options) as file:
            for number in range(file.num_record_batches):
                batch = file.get_batch(number)
                batch.validate()
                yield pa.Table.from_batches([batch]).select(list(wanted))

    def read(name: str) -> pd.Series:
        return pandas_column(pa.concat_tables(batches([name])), name)

    def load(report: Report) -> RawTable:
        return RawTable(names, rows, read)

    return StoredTable(names, load, batches)


FORMAT = Format("Arrow", lambda start, path: start.startswith(b"ARROW1"), read_arrow)
