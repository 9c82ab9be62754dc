"""Rows that are held against a contract on their way to whoever reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from reprise.data.contracts.broken import check_kept
from reprise.data.contracts.inspection import Inspection
from reprise.data.row_stream import Batch, Rows


def watched_rows(rows: Rows, inspection: Inspection) -> Rows:
    """The same rows, looked at as they are read; after the last, ContractBroken may be raised.

    Once a rule without leeway is broken no more rows are handed on: the rest is only looked at.
    """

    def read(names: Sequence[str]) -> Iterator[Batch]:
        # Without any column there would be no rows to count.
        wanted = list(dict.fromkeys((*names, *inspection.columns))) or rows.columns[:1]
        for batch in rows.read(wanted):
            _look(batch, inspection)
            if not inspection.is_spoiled:
                yield batch
        check_kept(inspection)

    return replace(rows, read=read, is_watched=True)


def _look(batch: Batch, inspection: Inspection) -> None:
    numbers = np.arange(batch.before + 1, batch.before + 1 + len(batch.table))
    for name in inspection.columns:
        raw, read = batch.readable(name, inspection.kind(name))
        inspection.add(name, raw, read, numbers)
    inspection.rows += len(batch.table)
