"""What `prepare` leaves as files: the table, what is worth a look in it, and its profile."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from reprise.data.code_labels import with_code_labels
from reprise.data.contracts.inspection import Inspection
from reprise.data.contracts.terms import Contract
from reprise.data.contracts.watched_table import WatchedTable
from reprise.data.formats.stored_table import RawTable
from reprise.data.inputs import look_up
from reprise.data.preparation import Prepared, prepare
from reprise.data.prepared_table import PreparedTable
from reprise.data.profile.sample import sample
from reprise.data.profile.summary import summarise
from reprise.data.profile.table_report import profile_page
from reprise.data.raw_table import open_table
from reprise.data.read_options import AS_IT_IS, ReadOptions
from reprise.data.split_rule import SplitOptions
from reprise.data.table_files import write_table
from reprise.errors import RepriseError
from reprise.runtime.progress import Report
from reprise.tracking.contract import PROFILE, SUMMARY, TABLE


@dataclass(frozen=True)
class PreparedFiles:
    """The table that was written, and the sha256 of the raw one, as it was read.

    `inspection` is what was found where it was held against a contract.
    """

    table: PreparedTable
    read: str
    inspection: Inspection | None


def prepare_into(
    folder: Path,
    source: str,
    target: str,
    task: str,
    split: SplitOptions,
    report: Report,
    asked: ReadOptions = AS_IT_IS,
    contract: Contract | None = None,
) -> PreparedFiles:
    """Read a table, or what a query picks of it, and divide it.

    Writes table/, summary.json and profile.html into `folder`.

    Raises RepriseError for a source that cannot be read, or that changes while it is, and for
    unusable input; ContractBroken for a table that does not keep to the contract, if there is one.
    """
    inputs = look_up(source, asked.query)
    raw = with_code_labels(open_table(source, report, asked), target)
    watched = None if contract is None else WatchedTable(raw, contract, target)

    def make(table: RawTable) -> Prepared:
        return prepare(table, inputs.named, target, task, split, report)

    prepared = make(raw) if watched is None else _watched(watched, make)
    inputs.confirm()
    # The parts are written by threads while the pages are drawn by this one.
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(write_table, folder / TABLE, prepared, report)
        _write_pages(folder, prepared, inputs.named, raw.rows)
        written.result()
    inspection = None if watched is None else watched.inspection
    return PreparedFiles(PreparedTable(folder / TABLE, source), inputs.digest, inspection)


def _watched(watched: WatchedTable, make: Callable[[RawTable], Prepared]) -> Prepared:
    """The table prepared; a broken contract is told rather than what else is wrong with it."""
    try:
        prepared = make(watched.table)
    except RepriseError:
        watched.finish()
        raise
    watched.finish()
    decisions = {**prepared.schema.decisions, "contract": watched.inspection.summary}
    return replace(prepared, schema=replace(prepared.schema, decisions=decisions))


def _write_pages(folder: Path, prepared: Prepared, title: str, rows: int) -> None:
    """The summary, and the profile of the raw table of that many rows."""
    summary = json.dumps(summarise(prepared.schema, sample(prepared)), ensure_ascii=False)
    (folder / SUMMARY).write_text(summary, encoding="utf-8")
    page = profile_page(prepared.sample, title, rows)
    (folder / PROFILE).write_text(page, encoding="utf-8")
