"""The target of a table: its task, and its values in their plain form."""

import numpy as np
import pandas as pd

from reprise.columns import is_constant
from reprise.errors import RepriseError
from reprise.predictor import ColumnKind, as_kind, kind_of
from reprise.schema import TASKS, Task

MAX_CLASSES_BY_RULE = 20
MIN_ROWS = 10


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
            f"target must vary, got {present.iloc[0]!r} in every row of '{target}': "
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
    if kind == "number" and pd.api.types.is_integer_dtype(values.dtype) and values.notna().all():
        return values.astype("int64")
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
    return RepriseError(
        f"column '{name}' must be numeric, got text (row {int(first) + 1}: {present[first]!r}): "
        "clean it, or name another target"
    )


def _class_labels(present: pd.Series, kind: ColumnKind, gaps: bool, name: str) -> pd.Series:
    different = present.nunique()
    if different * 2 > len(present):
        raise RepriseError(
            f"classes must repeat, got {different} different values in {len(present)} rows of "
            f"'{name}': use task=regression, or name another target"
        )
    if kind == "boolean":
        return present.astype("bool")
    # pandas shows whole numbers as floats only because some of them are missing.
    return present.astype("int64") if gaps and _all_whole(present) else present


def _all_whole(values: pd.Series) -> bool:
    return values.dtype == np.float64 and bool((values == values.round()).all())
