"""The target of a table: its task, and its values in their plain form."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.columns import is_constant, kept_words, kind_with_format, plain_values
from reprise.data.formats.stored_table import RawTable, in_line
from reprise.data.number_spelling import USUAL
from reprise.data.read_as import HowRead, joined, read_as
from reprise.data.schema import TASKS, Task
from reprise.errors import RepriseError
from reprise.predictor import ColumnKind, as_kind, kind_of

MAX_CLASSES_BY_RULE = 20
# Each is a probability in every answer, and a tree in every round of boosting.
MAX_CLASSES = 1_000
MIN_ROWS = 10
_EXACT = 2**53  # a double holds every whole number up to here


@dataclass(frozen=True)
class Target:
    """The target of a table: its values (see `plain_target`), the task and the reason for it.

    `kind` is set where text spells numbers (number:<NumberForm>), or somebody has said what stands
    for a missing value; `how` says so in words, and counts the rows without a value.
    """

    name: str
    values: pd.Series
    task: Task
    reason: str
    kind: ColumnKind
    how: HowRead


def read_target(raw: RawTable, name: str, task: str) -> Target:
    """The target of a raw table.

    Text that spells numbers is read as such, but for few whole ones with a unit: 4 stars is a
    class. Raises what `plain_target` raises, with the words that were taken for missing.
    """
    asked = raw.asked.missing
    given, counts = raw.counted(name)
    kind = kind_with_format(given, asked, raw.decimal) if kind_of(given) == "text" else None
    values = given
    if kind is not None and kind.startswith("number:"):
        kind = asked.within(kind)
        values = plain_values(given, kind)
        few = values.nunique() <= MAX_CLASSES_BY_RULE and _all_whole(values.dropna())
        values, kind = (given, None) if few else (values, kind)
    else:
        kind = None
    read = kind or kind_of(given) or "text"
    how = read_as(given, values, read, counts).with_words(raw.words(name), read == "text")
    try:
        found, chosen, reason = plain_target(values, task)
    except RepriseError as error:
        if isinstance(error, NotNumeric):
            error = error.of(raw)
        raise RepriseError(joined([str(error), how.taken])) from None
    if kind is None:
        asked = kept_words(given, asked)
        kind = asked.within(plain_kind(found)) if asked != USUAL else ""
    return Target(name, found, chosen, reason, kind, how)


class NotNumeric(RepriseError):
    """A target whose values are not all numbers; `row` counts from 1."""

    def __init__(self, name: str, row: int, value: Any, line: int | None = None) -> None:
        super().__init__(
            f"column '{name}' must be numeric, got text (row {row}{in_line(line)}: {value!r}): "
            "clean it, or name another target"
        )
        self.name, self.row, self.value = name, row, value

    def of(self, raw: RawTable) -> "NotNumeric":
        """The same with the line of the row, where the table has lines."""
        return NotNumeric(self.name, self.row, self.value, raw.line_of(self.row))


def plain_kind(labels: pd.Series) -> ColumnKind:
    """How labels are read, or measured values."""
    if pd.api.types.is_bool_dtype(labels.dtype):
        return "boolean"
    return "number" if pd.api.types.is_numeric_dtype(labels.dtype) else "text"


def plain_target(raw: pd.Series, task: str) -> tuple[pd.Series, Task, str]:
    """Return (values of the target column without missing ones, task, reason for the task).

    Regression targets are float64. Class labels keep their type: bool, int64, float64 or str.
    The rule for `auto`: text, booleans and at most 20 different whole numbers are classes, all
    other numbers are measured. Raises RepriseError where the target fits no task.
    """
    target = str(raw.name)
    kind = kind_of(raw)
    if kind is None:
        raise RepriseError(
            f"target must hold plain values, got lists or objects in '{target}': "
            "name another target"
        )
    values = _plain_labels(raw, kind)
    present = values[values.notna()]
    if pd.api.types.is_integer_dtype(present.dtype):
        present = present.astype("int64")
    if present.empty:
        raise RepriseError(
            f"target must have values, got only missing ones in '{target}': name another target"
        )
    if len(present) < MIN_ROWS:
        raise RepriseError(
            f"a table needs at least {MIN_ROWS} rows with a target, got {len(present)}: add rows"
        )
    if is_constant(present):
        raise RepriseError(
            f"target must vary, got '{present.iloc[0]}' in every row of '{target}': "
            "name another target"
        )
    chosen, reason = _choose_task(present, kind, target, task)
    if chosen == "regression":
        return _numeric_target(present, kind, target), chosen, reason
    return _class_labels(present, kind, len(present) < len(values), target), chosen, reason


def class_counts(labels: pd.Series) -> dict[str, int]:
    """Rows per class, largest first, labels as text."""
    counts = {str(label): int(count) for label, count in labels.value_counts().items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _plain_labels(values: pd.Series, kind: ColumnKind) -> pd.Series:
    if kind == "number" and pd.api.types.is_integer_dtype(values.dtype):
        if (values > np.iinfo("int64").max).any():
            return values.astype("str")  # no label of whole numbers is as long
        if values.notna().all():
            return values.astype("int64")
        if isinstance(values.dtype, pd.api.extensions.ExtensionDtype):
            return values
    return as_kind(values, kind)


def _choose_task(present: pd.Series, kind: ColumnKind, name: str, task: str) -> tuple[Task, str]:
    if kind == "datetime":
        raise RepriseError(
            f"target must be a number or a class, got dates in '{name}': name another target"
        )
    if task in TASKS:
        return task, "as asked"
    if kind == "boolean":
        return "classification", "the target is true or false"
    if kind == "text":
        numbers = pd.to_numeric(present, errors="coerce")
        if numbers.isna().any() and numbers.notna().mean() >= 0.5:
            raise _not_numeric(present, numbers, name)
        return "classification", "the target is text"
    if present.dtype == np.float64 and not _all_whole(present):
        return "regression", "the target has fractions"
    different = present.nunique()
    few = different <= MAX_CLASSES_BY_RULE
    rule = f"{'at most' if few else 'more than'} {MAX_CLASSES_BY_RULE}"
    reason = f"the target has {different} different whole numbers ({rule})"
    return ("classification" if few else "regression"), reason


def _numeric_target(present: pd.Series, kind: ColumnKind, name: str) -> pd.Series:
    numbers = pd.to_numeric(present, errors="coerce") if kind == "text" else present
    if kind == "text" and numbers.isna().any():
        raise _not_numeric(present, numbers, name)
    numbers = numbers.astype("float64")
    return numbers[np.isfinite(numbers)]


def _not_numeric(present: pd.Series, numbers: pd.Series, name: str) -> RepriseError:
    first = numbers.index[numbers.isna()][0]
    return NotNumeric(name, int(first) + 1, present[first])


def _class_labels(present: pd.Series, kind: ColumnKind, gaps: bool, name: str) -> pd.Series:
    different = present.nunique()
    if different * 2 > len(present):
        raise RepriseError(
            f"classes must repeat, got {different} different values in {len(present)} rows of "
            f"'{name}': use task=regression, or name another target"
        )
    if different > MAX_CLASSES:
        raise RepriseError(
            f"a target must have at most {MAX_CLASSES:,} classes, got {different:,} in '{name}': "
            "use task=regression, join rare ones, or name another target"
        )
    if kind == "boolean":
        return present.astype("bool")
    if present.dtype == np.float64 and present.abs().max() > _EXACT:
        raise RepriseError(
            f"labels must be numbers that keep every digit, got {present.abs().max():.0f} in "
            f"'{name}': write them as text, with a letter before them"
        )
    # pandas shows whole numbers as floats only because some of them are missing.
    return present.astype("int64") if gaps and _all_whole(present) else present


def _all_whole(values: pd.Series) -> bool:
    return values.dtype == np.float64 and bool((values == values.round()).all())
