"""What the train part has in a column, and what that suggests of other tables.

What is allowed beyond what was seen, and why, stands in docs/contracts.md.
"""

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reprise.data.columns import CATEGORY_MAX
from reprise.data.contracts.chance import likely_share
from reprise.data.contracts.repeats import Repeats
from reprise.data.contracts.terms import Terms
from reprise.predictor import ColumnKind, Missing

# Of so many values that all differ, it is told that they must; of whole numbers only where, drawn
# from their range at random, so many pairs of equal ones would be expected.
_FEWEST_DIFFERENT, _PAIRS = 100, 10
# The part of the span of what was seen that is allowed beyond either end.
_BEYOND = 0.5
_DIGITS = 3
_EXACT = 2.0**53


class Observed:
    """What the train part has in one column, block by block, in plain form."""

    def __init__(self, type: pa.DataType) -> None:
        self.type = type
        self.rows = self.missing = 0
        self._low: Any = None
        self._high: Any = None
        self._counts: Counter[Any] | None = Counter()
        may_identify = not (pa.types.is_boolean(type) or pa.types.is_timestamp(type))
        self._different: Repeats | None = Repeats() if may_identify else None

    def update(self, block: pa.Array) -> None:
        """Take in more rows."""
        present = block.drop_null()
        before, self.rows = self.rows, self.rows + len(block)
        self.missing += block.null_count
        if not len(present):
            return
        if pa.types.is_timestamp(self.type):
            present = present.cast(pa.int64())  # microseconds, also of years that Python has not
        if not (_is_text(self.type) or pa.types.is_boolean(self.type)):
            low, high = (each.as_py() for each in pc.min_max(present).values())
            self._low = low if self._low is None else min(low, self._low)
            self._high = high if self._high is None else max(high, self._high)
        self._count(present)
        self._compare(present, before)

    def _count(self, present: pa.Array) -> None:
        """Count the different values, while there are few."""
        if self._counts is None or not (_is_text(self.type) or pa.types.is_integer(self.type)):
            return
        found = pc.value_counts(present)
        for each in found if len(found) <= CATEGORY_MAX else ():
            self._counts[each["values"].as_py()] += each["counts"].as_py()
        if len(found) > CATEGORY_MAX or len(self._counts) > CATEGORY_MAX:
            self._counts = None

    def _compare(self, present: pa.Array, before: int) -> None:
        """Look for a value that occurs twice, while there is none."""
        if self._different is None:
            return
        if not _may_identify(present):
            self._different = None
            return
        values = present.to_pandas()
        self._different.add(values, np.arange(before, before + len(values)))

    @property
    def present(self) -> int:
        """How many rows have a value."""
        return self.rows - self.missing

    def terms(
        self, kind: ColumnKind, missing: float | None = None, is_class: bool = False
    ) -> Terms:
        """What a column of this kind is to be like; `missing` where other rows know more of it.

        A class is one of those that were seen, also where it is a number.
        """
        share = likely_share(self.missing, self.rows) if missing is None else missing
        unique = self._is_identifier()
        base = Missing.of_kind(kind)[0].partition(":")[0]
        if not self.present or unique or base == "boolean":
            return Terms(kind, missing=share, unique=unique)
        if self._counts is not None and self._counts and (base == "text" or is_class):
            once = sum(count == 1 for count in self._counts.values())
            # Good and Turing: what is new comes as often as what came once (Biometrika 40, 1953).
            categories = tuple(sorted(self._counts))
            outside = likely_share(once, self.present)
            return Terms(kind, missing=share, categories=categories, outside=outside)
        if base == "text" or self._low == self._high:
            return Terms(kind, missing=share)
        low, high = self._dates() if base == "datetime" else _widened(self._low, self._high)
        if low is None and high is None:
            return Terms(kind, missing=share)
        outside = likely_share(0, self.present)
        return Terms(kind, missing=share, min=low, max=high, outside=outside)

    def _is_identifier(self) -> bool:
        """Whether values differ that would not do so by chance."""
        if self._different is None or self.present < _FEWEST_DIFFERENT:
            return False
        if self._low is not None:
            span = float(self._high) - float(self._low) + 1
            if self.present**2 / (2 * span) < _PAIRS:
                return False
        return self._different.found()[0] == 0

    def _dates(self) -> tuple[str | None, None]:
        """The first date that is allowed; later ones always are, for tables come later."""
        try:
            low = pd.Timestamp(int(self._low - (self._high - self._low) * _BEYOND), unit="us")
        except (OverflowError, ValueError):
            return None, None
        if not 1 <= low.year <= 9999:  # which ISO 8601 does not spell
            return None, None
        return low.floor("s").isoformat().removesuffix("T00:00:00"), None


def _is_text(type: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(type) or pa.types.is_string(type))


def _may_identify(present: pa.Array) -> bool:
    """Whether the values of a block may be names of rows: texts of one word, whole numbers."""
    if _is_text(present.type):
        if pc.any(pc.match_substring_regex(present, r"\s")).as_py():
            return False
    elif pa.types.is_floating(present.type):
        is_whole = pc.and_(pc.equal(present, pc.floor(present)), pc.less(pc.abs(present), _EXACT))
        if not pc.all(is_whole).as_py():
            return False
    return bool(pc.count_distinct(present).as_py() == len(present))


def _widened(low: float, high: float) -> tuple[float | None, float | None]:
    """Both ends with room beyond them, but not beyond zero where all lie on one side of it."""
    beyond = (high * _BEYOND) - (low * _BEYOND)
    lowest, highest = low - beyond, high + beyond
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        return None, None
    step = 10.0 ** (math.floor(math.log10(beyond)) - _DIGITS + 1) if beyond > 1e-290 else 0.0
    lowest, highest = _rounded(lowest, step, math.floor), _rounded(highest, step, math.ceil)
    return (
        max(lowest, 0.0) if low >= 0 else lowest,
        min(highest, 0.0) if high <= 0 else highest,
    )


def _rounded(value: float, step: float, to: Any) -> float:
    """The next multiple of a step; the value itself where it is too large for the step to show."""
    if not step or abs(value) / step > 1e14:
        return value
    return float(f"{to(value / step) * step:.15g}")
