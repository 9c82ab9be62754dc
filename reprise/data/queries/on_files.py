"""SQL on files, by DuckDB in this process: it sees the tables it is given, and nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from reprise.data.formats.stored_table import Reading, StoredTable
from reprise.data.queries.query_rows import write_rows
from reprise.data.queries.statement import DATA, Statement, not_sql
from reprise.data.read_as import HowRead
from reprise.runtime.progress import Advance, Report
from reprise.runtime.scratch import scratch

_ROWS = 1 << 17


def answer(
    statement: Statement, tables: Mapping[str, StoredTable], files: dict[str, str], report: Report
) -> tuple[Path, Reading]:
    """The rows of a query on these tables, as an Arrow file, and what was decided about the tables.

    They have the same bits every time. `files` are the paths of the files that DuckDB may open by
    itself, by their names in the query. Raises RepriseError with what DuckDB says of the query,
    and what readers raise for their tables.
    """
    with scratch() as folder:
        found: dict[str, pa.Table] = {}
        reading: Reading = {}
        for number, (name, table) in enumerate(tables.items()):
            place = Path(folder) / f"{number}"
            place.mkdir()
            found[name], told = _on_disk(table, place, report)
            of = "" if name == DATA else f" of '{name}'"
            reading |= {f"{what}{of}": decided for what, decided in told.items()}
        with _locked(Path(folder), list(files.values())) as connection:
            for name, table in found.items():
                connection.register(name, table)
            try:
                rows = connection.sql(statement.with_files(files)).to_arrow_reader(_ROWS)
                return write_rows(rows.schema, _counted(rows, report)), reading
            except duckdb.Error as error:
                raise not_sql(error) from None


def _locked(folder: Path, paths: list[str]) -> Any:
    """DuckDB that opens these files and no other, loads nothing, and stays as it is set.

    On one thread and in one time zone, so that sums and the order of rows come out the same.
    """
    connection = duckdb.connect(
        config={
            "threads": 1,
            "preserve_insertion_order": True,
            "temp_directory": str(folder / "spilled"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,
        }
    )
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set allowed_paths = ?", [paths])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _counted(rows: pa.RecordBatchReader, report: Report) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in rows:
        yield batch
        done += len(batch)
        report(Advance("rows queried", done))


def _on_disk(stored: StoredTable, folder: Path, report: Report) -> tuple[pa.Table, Reading]:
    """A table in the types that its reader gives, and what was decided about it.

    It is mapped from disk: a query may go through it as often as it likes, and memory holds no
    more than it looks at.
    """
    if stored.decimal is None:
        return _mapped(folder / "rows", stored.batches(stored.columns)), stored.reading
    raw = stored.load(report)
    columns = []
    for number, name in enumerate(stored.columns):
        # The reader makes text what it means column by column.
        values = pa.chunked_array([pa.array(raw[name].array, from_pandas=True)])
        column = pa.table({name: values})
        columns.append(_mapped(folder / f"{number}", iter([column])).column(0))
        report(Advance("columns read", number + 1, len(stored.columns)))
    table = pa.table(columns, names=stored.columns)
    texts = {one.name for one in table.schema if pa.types.is_large_string(one.type)}
    said = {
        f"column '{name}'": HowRead().with_words(counts, name in texts).said
        for name in stored.columns
        if (counts := raw.words(name))
    }
    return table, {**raw.reading, **said}


def _mapped(path: Path, tables: Iterator[pa.Table]) -> pa.Table:
    first = next(tables)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, first.schema) as writer:
        for table in (first, *tables):
            writer.write_table(table, _ROWS)
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
