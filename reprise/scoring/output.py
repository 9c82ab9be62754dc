"""The file of predictions: written beside its place, and put there when it is complete."""

import csv
import io
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from reprise.errors import RepriseError
from reprise.lineage.container import check_file

ENDINGS = (".csv", ".parquet")


class Output:
    """A context in which tables of one schema are written; leaving it well puts the file in place.

    Leaving it with an error leaves whatever was at that place, and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._file: Any = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        self._file = self._beside.open("wb")
        return self

    def write(self, table: pa.Table) -> None:
        """Add rows."""
        if self._writer is None:
            self._writer = self._open(table.schema)
        self._writer.write_table(table)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._writer.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self._beside.replace(self.path)
        finally:
            self._file.close()
            with suppress(FileNotFoundError):
                self._beside.unlink()

    def _open(self, schema: pa.Schema) -> Any:
        if self.path.suffix == ".parquet":
            return pq.ParquetWriter(self._file, schema)
        header = io.StringIO()
        csv.writer(header, lineterminator="\n").writerow(schema.names)
        self._file.write(header.getvalue().encode())
        options = pyarrow.csv.WriteOptions(include_header=False)
        return pyarrow.csv.CSVWriter(self._file, schema, write_options=options)


def check_output(output: str, data: str) -> Path:
    """The absolute path behind `output`; RepriseError where no table can be put there."""
    path = Path(output).expanduser().absolute()
    if path.suffix not in ENDINGS:
        raise RepriseError(
            f"output must end in {' or '.join(ENDINGS)}, got '{output}': name such a file"
        )
    if not path.parent.is_dir() or path.is_dir():
        what = "is a folder" if path.is_dir() else f"there is no folder '{path.parent}'"
        raise RepriseError(f"output must be a file in a folder, got '{output}' ({what}): name one")
    if not os.access(path.parent, os.W_OK):
        raise RepriseError(f"output must be in a folder of yours, got '{output}': name another")
    check_file(path)
    with suppress(OSError, ValueError):
        if path.samefile(data.removeprefix("file://")):
            raise RepriseError(
                f"output must not be the data, got '{output}' for both: name another"
            )
    return path
