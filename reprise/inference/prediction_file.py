"""The file of predictions: written beside its place, and put there when it is complete."""

import csv
import glob
import io
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from reprise.data.folders import belongs
from reprise.data.sources import local_file, local_folder
from reprise.errors import RepriseError
from reprise.runtime.held import hold_new, if_let_go
from reprise.tracking.container import check_file

ENDINGS = (".csv", ".parquet")


class Output:
    """A context in which tables of one schema are written; leaving it well puts the file in place.

    Leaving it with an error leaves whatever was at that place, and nothing else. A link stays, and
    the file that it leads to is the one that is written; a file that was there keeps its mode.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = path.resolve()
        self._beside = self._place.with_name(f".{self._place.name}.{os.getpid()}.part")
        self._held: int | None = None
        self._file: Any = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        for left in self._place.parent.glob(f".{glob.escape(self._place.name)}.*.part"):
            if_let_go(left, Path.unlink)
        _, self._held = hold_new(self._made)
        self._file = self._beside.open("wb")
        return self

    def _made(self) -> Path:
        self._beside.touch()
        return self._beside

    @property
    def _is_parquet(self) -> bool:
        return self.path.suffix == ".parquet"

    def write(self, table: pa.Table) -> None:
        """Add rows; CSV has lists as JSON."""
        if self._writer is None:
            self._writer = self._open(table.schema)
        self._writer.write_table(table if self._is_parquet else _flat(table))

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
                with suppress(FileNotFoundError):
                    os.fchmod(self._file.fileno(), stat.S_IMODE(self._place.stat().st_mode))
                os.fsync(self._file.fileno())
                self._beside.replace(self._place)
        finally:
            self._file.close()
            with suppress(FileNotFoundError):
                self._beside.unlink()
            if self._held is not None:
                os.close(self._held)

    def _open(self, schema: pa.Schema) -> Any:
        if self._is_parquet:
            return pq.ParquetWriter(self._file, schema)
        schema = _flat(schema.empty_table()).schema
        header = io.StringIO()
        csv.writer(header, lineterminator="\n").writerow(schema.names)
        self._file.write(header.getvalue().encode())
        options = pyarrow.csv.WriteOptions(include_header=False)
        return pyarrow.csv.CSVWriter(self._file, schema, write_options=options)


def _flat(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            texts = [
                json.dumps(each, ensure_ascii=False) for each in table.column(place).to_pylist()
            ]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
    return table


def check_output(output: str, data: str) -> Path:
    """The absolute path behind `output`; RepriseError where no table can be put there."""
    path = Path(output).expanduser().absolute()
    if path.suffix not in ENDINGS:
        raise RepriseError(
            f"output must end in {' or '.join(ENDINGS)}, got '{output}': name such a file"
        )
    check_file(_place(path, output))
    check_apart(path, data)
    return path


def check_apart(output: Path, source: str) -> None:
    """Raise RepriseError where a file at `output` would be what is read, or lie among it."""
    place, known, folder = output.resolve(), local_file(source), local_folder(source)
    with suppress(OSError):
        if known is not None and place.samefile(known):
            raise RepriseError(
                f"output must not be the data, got '{output}', which is '{source}': name another"
            )
    if folder is not None and belongs(place, folder):
        raise RepriseError(
            f"output must not lie among the files of the data, got '{output}' in '{source}': "
            "name another folder"
        )


def _place(path: Path, output: str) -> Path:
    """Where links lead to; RepriseError where no file can be put there."""
    try:
        place = path.resolve()
        is_other = place.exists() and not place.is_file()
        has_folder = place.parent.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a name too long
        reason = str(error).splitlines()[0]
        raise RepriseError(
            f"output must be a path, got '{output}' ({reason}): correct it"
        ) from None
    if is_other or not has_folder:
        what = "is no file" if is_other else f"there is no folder '{place.parent}'"
        raise RepriseError(f"output must be a file in a folder, got '{output}' ({what}): name one")
    if not os.access(place.parent, os.W_OK):
        raise RepriseError(f"output must be in a folder of yours, got '{output}': name another")
    if place.exists() and not os.access(place, os.W_OK):
        raise RepriseError(f"output must not be write-protected, got '{output}': name another")
    return place
