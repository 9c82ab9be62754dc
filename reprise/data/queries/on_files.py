"""SQL on files, by DuckDB in this process: it sees the tables it is given, and nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from reprise.data.columns import kind_with_format, plain_values
from reprise.data.formats.stored_table import RawTable, Reading, StoredTable
from reprise.data.queries.query_rows import write_rows
from reprise.data.queries.statement import DATA, Statement, not_sql
from reprise.data.read_as import HowRead, read_as
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
    names, texts = stored.columns, set(stored.columns)
    found: dict[str, pa.ChunkedArray] = {}
    if stored.decimal is None:
        first = next(iter(stored.batches(names)))
        texts = {one.name for one in first.schema if _is_text(one.type)}
        typed = [name for name in names if name not in texts]
        if typed:
            table = _mapped(folder / "rows", stored.batches(typed))
            found = dict(zip(typed, table.columns, strict=True))
    if not texts:
        return pa.table(found), stored.reading
    raw, said = stored.load(report), dict[str, str]()
    for number, name in enumerate(name for name in names if name in texts):
        # The reader makes text what it means column by column.
        values, said[f"column '{name}'"] = _meant(raw, name)
        column = pa.table({name: pa.chunked_array([pa.array(values.array, from_pandas=True)])})
        found[name] = _mapped(folder / f"{number}", iter([column])).column(0)
        report(Advance("columns read", number + 1, len(texts)))
    decided = {what: words for what, words in said.items() if words}
    return pa.table({name: found[name] for name in names}), {**raw.reading, **decided}


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _meant(raw: RawTable, name: str) -> tuple[pd.Series, str]:
    """A column for SQL, numbers and dates as such also where text spells them; and how, in words.

    As text, $1,200 is less than $900, and 12-Jul-18 before 2-Jan-17.
    """
    values = raw[name]
    is_text = isinstance(values.dtype, pd.StringDtype)
    kind = (kind_with_format(values, decimal=raw.decimal) if is_text else None) or ""
    how = HowRead()
    if kind.startswith(("number:", "datetime:")) and values.notna().any():
        plain = plain_values(values, kind)
        how, values, is_text = read_as(values, plain, kind, {}), plain, False
    return values, how.with_words(raw.words(name), is_text).said


def _mapped(path: Path, tables: Iterator[pa.Table]) -> pa.Table:
    first = next(tables)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, first.schema) as writer:
        for table in (first, *tables):
            writer.write_table(table, _ROWS)
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
