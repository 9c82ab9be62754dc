"""What was decided about a column, in words: nothing that changes a value does so in silence."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from reprise.data.date_spelling import ISO, other_order
from reprise.data.number_spelling import told
from reprise.data.stand_ins import stands_apart
from reprise.predictor import ColumnKind, Missing, NumberForm, as_kind, dates_of


@dataclass(frozen=True)
class HowRead:
    """How a raw column was read, in words that are empty where that is plain to see.

    `taken` says which fields stand for a missing value, though they may be values. `missing` counts
    the values that are missing, `markers` those of them that a text stands for, by that text.
    """

    spelled: str = ""
    taken: str = ""
    missing: int = 0
    markers: Mapping[str, int] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """All of it in words."""
        return joined([self.spelled, self.taken])

    def with_words(self, counts: Mapping[str, int]) -> "HowRead":
        """The same of text in which so many words were taken for missing, as they usually are."""
        if not counts:
            return self
        words = f"{_taken(counts)}: missing=none keeps {'it' if len(counts) == 1 else 'them'}"
        return replace(
            self, taken=joined([self.taken, words]), markers=together([self.markers, counts])
        )


def read_as(
    values: pd.Series, plain: pd.Series, kind: ColumnKind, asked: Mapping[str, int]
) -> HowRead:
    """How a raw column was read.

    `plain` are the values as they were read, as far as they are used; `asked` counts the fields
    that were taken for missing because somebody asked for it.
    """
    kind, given = Missing.of_kind(kind)
    form, gone = kind.partition(":")[2], int(values.isna().sum())
    spelled = isinstance(values.dtype, pd.StringDtype | np.dtypes.ObjectDType)
    if kind.startswith("number:") and spelled:
        numbers = NumberForm.parse(form)
        found = values[values.isin(numbers.missing)].value_counts()
        counts = {str(marker): int(count) for marker, count in found.items()}
        said = joined([told(numbers, values), _taken(counts), stands_apart(plain, given)])
        gone, markers = gone + sum(counts.values()), together([asked, counts])
        return HowRead(said, _taken(asked), gone, markers)
    said = ""
    if kind.startswith("boolean:"):
        said = f"true or false, '{form.partition('/')[0]}' is true"
    elif kind.startswith("datetime:") and spelled:
        said = _dates(values, form)
    elif kind.startswith("number"):
        said = stands_apart(values, given)
    return HowRead(said, _taken(asked), gone, asked)


def _dates(values: pd.Series, form: str) -> str:
    """What is said of dates in a form that leaves doubts."""
    if form.startswith(("%Y-%m-%d", ISO)):
        return ""
    first = values.dropna().iloc[0]
    said = f"dates, {first!r} is {as_kind(pd.Series([first]), f'datetime:{form}')[0]:%Y-%m-%d}"
    swapped = other_order(form)
    if swapped is None:
        return said
    different = pd.Series(values.dropna().unique(), dtype="object")
    both = dates_of(different, swapped).notna().all()
    return f"{said}: months and days cannot be told apart" if both else said


def together(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts by marker, added up."""
    return dict(sorted(sum(map(Counter, counts), Counter[str]()).items()))


def joined(said: Sequence[str]) -> str:
    """What is said of one column."""
    return "; ".join(filter(None, said))


def _taken(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{marker!r} taken for missing in {count} rows" for marker, count in counts.items()
    )
