"""Values that a column has more than once, however many rows it has."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from reprise.data.spill import Spill

# Rows whose values are compared at once: what does not fit goes through memory in turns.
_AT_ONCE = 4 << 20


class Repeats:
    """Takes the values of a column block by block; 64 bits of each are kept, on disk.

    Numbers and dates are their own 64 bits. Of texts they are a hash: of ten million different
    texts two have the same one with a chance of 3 in a million.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._spill = Spill()
        self._found: tuple[int, int | None] | None = None

    def add(self, values: pd.Series, rows: np.ndarray) -> None:
        """Add values, none of them missing, with the number of the row of each."""
        if not len(values):
            return
        keys = (
            pd.util.hash_array(values.to_numpy(dtype=object)) if _is_text(values) else _bits(values)
        )
        self._spill.append("key", pa.array(keys, pa.uint64()))
        self._spill.append("row", pa.array(rows, pa.int64()))
        self.rows, self._found = self.rows + len(keys), None

    def found(self) -> tuple[int, int | None]:
        """How many values were there before, and the first row that has one of them."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self) -> tuple[int, int | None]:
        turns = max(1, -(-self.rows // _AT_ONCE))
        counts, firsts = zip(*(self._turn(turn, turns) for turn in range(turns)), strict=True)
        return sum(counts), min((first for first in firsts if first is not None), default=None)

    def _turn(self, turn: int, turns: int) -> tuple[int, int | None]:
        parts = list(self._part(turn, turns))
        if not parts:
            return 0, None
        keys, rows = (np.concatenate(side) for side in zip(*parts, strict=True))
        order = np.argsort(keys, kind="stable")
        again = order[1:][keys[order[1:]] == keys[order[:-1]]]
        return len(again), int(rows[again].min()) if len(again) else None

    def _part(self, turn: int, turns: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The keys whose turn it is, and their rows."""
        for keys, rows in zip(self._spill.blocks("key"), self._spill.blocks("row"), strict=True):
            found = keys.to_numpy()
            # Bits of numbers differ at the top, hashes anywhere: mixed, every turn has its share.
            chosen = (found * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) % turns == turn
            yield found[chosen], rows.to_numpy()[chosen]


def _is_text(values: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_datetime64_any_dtype(
        values
    )


def _bits(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.to_numpy().view("uint64")
    # 0.0 and -0.0 are one number.
    return (values.to_numpy(dtype="float64") + 0.0).view("uint64")
