"""A raw table whose columns are held against a contract as they are read."""

from dataclasses import replace

import numpy as np
import pandas as pd

from reprise.data.contracts.broken import check_kept
from reprise.data.contracts.inspection import Inspection
from reprise.data.contracts.readable import readable
from reprise.data.contracts.terms import Contract
from reprise.data.formats.stored_table import RawTable


class WatchedTable:
    """A table that is to keep to a contract; `table` is to be read in its place.

    Rows without a `target` train nothing: of them only the target itself is looked at. So the
    target is read first; a column that is read again is not looked at again.
    """

    def __init__(self, raw: RawTable, contract: Contract, target: str) -> None:
        self.inspection = Inspection(contract, raw.columns, predict=False)
        self.inspection.rows = raw.rows
        self.table = replace(raw, read=self._read)
        self._raw, self._target = raw, target
        self._seen: set[str] = set()
        self._kept: np.ndarray | None = None

    def finish(self) -> None:
        """Look at the columns that nobody has read; raise ContractBroken for a broken contract."""
        rest = [name for name in self.inspection.columns if name not in self._seen]
        for name in sorted(rest, key=lambda name: name != self._target):
            self._read(name)
        check_kept(self.inspection)

    def _read(self, name: str) -> pd.Series:
        values = self._raw.read(name)
        if name not in self._seen:
            self._seen.add(name)
            self._look(name, self._raw.asked.missing.taken_out(values))
        return values

    def _look(self, name: str, values: pd.Series) -> None:
        present = values.notna().to_numpy()
        if name in self.inspection.columns:
            read = readable(values, self.inspection.kind(name), self._raw.decimal)
            present = read[0].notna().to_numpy()
            rows = np.arange(1, len(values) + 1)
            if name != self._target and self._kept is not None:
                wrong = None if read[1] is None else read[1][self._kept]
                read = read[0][self._kept], wrong
                values, rows = values[self._kept], rows[self._kept]
            self.inspection.add(name, values, read, rows)
        if name == self._target:
            self._kept = None if present.all() else present
