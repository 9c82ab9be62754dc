"""What was decided about a column, in words: nothing that changes a value does so in silence."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from reprise.data.date_spelling import ISO, nearly_dates, other_order, zone_named
from reprise.data.number_spelling import nearly_numbers, told
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

    def with_words(self, counts: Mapping[str, int], is_text: bool) -> "HowRead":
        """The same where so many words were taken for missing, as they usually are.

        Where all else is text, they may be kept.
        """
        if not counts:
            return self
        keeps = f": missing=none keeps {'it' if len(counts) == 1 else 'them'}" if is_text else ""
        words = _taken(counts) + keeps
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
    base, _, form = kind.partition(":")
    spelled = isinstance(values.dtype, pd.StringDtype | np.dtypes.ObjectDType)
    said, counts, infinite = "", dict[str, int](), dict[str, int]()
    if base == "number" and form and spelled:
        numbers = NumberForm.parse(form)
        counts = _counted(values, numbers.missing)
        said = joined([told(numbers, values), _taken(counts), stands_apart(plain, given)])
    elif base == "number":
        infinite = _infinite(values)
        said = joined([_taken(infinite), stands_apart(values, given)])
    elif base == "datetime" and form and spelled:
        counts = _counted(values, given.markers)
        said = joined([_dates(given.taken_out(values), form), _taken(counts)])
    elif base == "boolean" and form:
        said = f"true or false, '{form.partition('/')[0]}' is true"
    elif base == "text" and not form:
        said = nearly_numbers(values, given) or zone_named(values) or nearly_dates(values, given)
    gone = int(values.isna().sum()) + sum(counts.values())
    return HowRead(said, _taken(asked), gone, together([asked, counts, infinite]))


def _infinite(values: pd.Series) -> dict[str, int]:
    if not pd.api.types.is_float_dtype(values.dtype):
        return {}
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    if not np.isinf(numbers).any():
        return {}
    counts = {str(end): int((numbers == end).sum()) for end in (-np.inf, np.inf)}
    return {end: count for end, count in counts.items() if count}


def _counted(values: pd.Series, markers: Sequence[object]) -> dict[str, int]:
    """How many of the values are which of the markers."""
    found = values[values.isin(markers)].value_counts()
    return {str(marker): int(count) for marker, count in found.items()}


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
