"""Arrow streams: batches one after the other, as services send them and Hugging Face keeps them."""

from pathlib import Path

import pyarrow as pa

from reprise.data.formats.stored_table import Format, StoredTable, check_names, stored_in_memory
from reprise.data.read_options import ReadOptions

# What each message of a stream begins with.
_BEGIN = b"\xff\xff\xff\xff"


def read_stream(path: Path, source: str, asked: ReadOptions) -> StoredTable:
    """The table of an Arrow IPC stream: its values stay where they lie, unless they are packed."""
    with pa.memory_map(str(path)) as mapped, pa.ipc.open_stream(mapped) as stream:
        table = stream.read_all()
    table.validate()
    check_names(table.column_names, source)
    return stored_in_memory(table, {})


FORMAT = Format("Arrow stream", lambda start, path: start.startswith(_BEGIN), read_stream)
