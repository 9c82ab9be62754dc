"""What is odd in rows, counted by column: missing, outside the train rows' range, never seen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.reference import Reference
from reprise.predictor import ColumnKind, Missing

_NO_DATE = np.iinfo("int64").min


@dataclass(frozen=True)
class ColumnCounts:
    """Values by column, float64: `missing` of all, the others of those that can be counted."""

    missing: np.ndarray
    outside: np.ndarray
    unseen: np.ndarray


class ColumnCounter:
    """Counts in rows of these kinds, held against a reference.

    `ranged` are the columns whose range that has, `categorical` those whose categories it has.
    """

    def __init__(self, kinds: Mapping[str, ColumnKind], reference: Reference | None) -> None:
        ranges = {} if reference is None else reference.ranges
        categories = {} if reference is None else reference.categories
        places = {name: place for place, name in enumerate(kinds)}
        plain = {name: Missing.of_kind(kind)[0] for name, kind in kinds.items()}
        texts = [name for name, kind in plain.items() if kind.startswith("text")]
        self._size = len(kinds)
        self._numbers = [name for name in kinds if name not in texts]
        self._places = np.array([places[name] for name in self._numbers], dtype="int64")
        self.ranged = [name for name in self._numbers if name in ranges]
        self._rows = np.array([self._numbers.index(name) for name in self.ranged], dtype="int64")
        ends = [_as_numbers(ranges[name], plain[name]) for name in self.ranged]
        self._lowest, self._highest = np.array(ends).reshape(-1, 2, 1).transpose(1, 0, 2)
        self.categorical = [name for name in texts if name in categories]
        known = {name: frozenset(categories[name]) for name in self.categorical}
        self._texts = [(places[name], name, known.get(name)) for name in texts]

    def count(self, rows: pd.DataFrame) -> ColumnCounts:
        """The counts of rows in plain form."""
        missing, outside, unseen = np.zeros(self._size), np.zeros(len(self.ranged)), []
        if self._numbers:
            # A call for all columns: one for each takes long beside the model on few rows.
            values = np.array([_numbers(rows[name]) for name in self._numbers])
            missing[self._places] = np.count_nonzero(values != values, axis=1)
            held = values[self._rows]
            outside += np.count_nonzero((held < self._lowest) | (held > self._highest), axis=1)
        for place, name, known in self._texts:
            texts = Counter(rows[name].tolist())
            present = {text: count for text, count in texts.items() if isinstance(text, str)}
            missing[place] = len(rows) - sum(present.values())
            if known is not None:
                unseen.append(sum(n for text, n in present.items() if text not in known))
        return ColumnCounts(missing, outside, np.array(unseen, dtype="float64"))


def _numbers(values: pd.Series) -> np.ndarray:
    """Numbers as they are, dates as microseconds, NaN where there are none."""
    array = values.to_numpy()
    if array.dtype.kind != "M":
        return array
    ticks = array.view("int64")
    return np.where(ticks == _NO_DATE, np.nan, ticks)


def _as_numbers(ends: tuple[Any, Any], kind: ColumnKind) -> np.ndarray:
    """The ends of a range as `_numbers` spells them."""
    if not kind.startswith("datetime"):
        return np.array(ends, dtype="float64")
    dates = pd.to_datetime(pd.Series(ends), format="ISO8601")
    return _numbers(dates.astype("datetime64[us]"))
