"""What a table's columns are: roles, the target, the task, and what is left out and why."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from threading import Lock
from typing import Any, Literal

import numpy as np
import pandas as pd

from reprise.errors import RepriseError
from reprise.predictor import ColumnKind, as_kind, kind_of

Task = Literal["regression", "classification"]
TASKS: tuple[Task, ...] = ("regression", "classification")
MAX_CLASSES_BY_RULE = 20
MIN_ROWS = 10
CATEGORY_MAX = 40
# Different texts that become dates at once.
_BLOCK = 100_000
# skrub silences warnings while it guesses, which is for one thread at a time.
_GUESSING = Lock()


@dataclass(frozen=True)
class Column:
    """A feature: its kind (how it is stored), its role (how it is used), its type in the source."""

    kind: ColumnKind
    role: str
    type: str


@dataclass(frozen=True)
class Schema:
    """What `prepare` found out about a table; stored as schema.json beside the parts.

    `columns` maps each feature to what it is, in the order of the table. `missing` counts missing
    values per column of the raw table, `classes` the rows of each class (labels as text).
    `dropped` says which columns were left out and why, `dropped_rows` how many rows for which
    reason. `rows` and `digests` are keyed by part: train, validation, test;
    where the split goes by group or time, `digests` also has that of the blocks.
    """

    target: str
    target_type: str
    task: Task
    task_reason: str
    columns: dict[str, Column]
    missing: dict[str, int]
    dropped: dict[str, dict[str, str]]
    dropped_rows: dict[str, int]
    classes: dict[str, int]
    split: dict[str, Any]
    rows: dict[str, int]
    digests: dict[str, str]
    source: str

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """The kind of each feature, in order: what the model needs to know of a raw row."""
        return {name: column.kind for name, column in self.columns.items()}

    def to_json(self) -> dict[str, Any]:
        """The schema as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Schema":
        """The schema that `to_json` gave `values` of."""
        columns = {name: Column(**column) for name, column in values["columns"].items()}
        return cls(**{**values, "columns": columns})


def find_column(names: Sequence[str], name: str, purpose: str) -> str:
    """Return `name` where it is one of `names`; else raise RepriseError that names the closest."""
    if name in names:
        return name
    lowered = {column.lower(): column for column in reversed(names)}
    close = [lowered[match] for match in get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
    known = f"closest: {_quoted(close)}" if close else f"columns: {_quoted(names[:10])}"
    raise RepriseError(f"{purpose} must be a column of the table, got '{name}': {known}")


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
    if _constant(present):
        raise RepriseError(
            f"target must vary, got {present.iloc[0]!r} in every row of '{target}': "
            "name another target"
        )
    chosen, reason = _choose_task(present, kind, target, task)
    if chosen == "regression":
        return _numeric_target(present, kind, target), chosen, reason
    return _class_labels(present, kind, len(present) < len(values), target), chosen, reason


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


def plain_feature(raw: pd.Series) -> tuple[pd.Series, Column] | dict[str, str]:
    """Return (values in their plain form, what they are), or why the column is dropped.

    Columns without any value, with one value in every row, or with nested values are dropped.
    """
    kind = kind_with_format(raw)
    if kind is None:
        return {"reason": "nested values"}
    values = plain_values(raw, kind)
    if values.isna().all():
        return {"reason": "every value is missing"}
    if _constant(values):
        return {"reason": "constant", "value": str(values.iloc[0])}
    return values, Column(kind, _role(values, kind), str(raw.dtype))


def _constant(values: pd.Series) -> bool:
    return not values.isna().any() and bool((values == values.iloc[0]).all())


def kind_with_format(values: pd.Series) -> ColumnKind | None:
    """The kind of a raw column; text that is dates throughout is datetime:<format>.

    The format is the one that fits every value (skrub.ToDatetime): 13/01/2024 shows that
    02/03/2024 is the second of March. Where months and days cannot be told apart, months are first.
    """
    from skrub import ToDatetime

    kind = kind_of(values)
    if kind != "text":
        return kind
    texts = as_kind(values, "text").dropna()
    different = pd.Series(texts.unique(), dtype="str", name="column")
    few = different if len(different) <= _BLOCK else different.sample(_BLOCK, random_state=0)
    dates = ToDatetime()
    try:
        with _GUESSING:
            parsed = dates.fit_transform(few)
        if not dates.format_ or parsed.isna().any():
            return kind
        plain_values(different, f"datetime:{dates.format_}")
    except ValueError:
        return kind
    return f"datetime:{dates.format_}"


def plain_values(raw: pd.Series, kind: ColumnKind) -> pd.Series:
    """What `as_kind` returns and raises, without a Python object for every row of text."""
    if kind == "text" or not isinstance(raw.dtype, pd.StringDtype):
        return as_kind(raw, kind)
    codes, different = pd.factorize(raw)
    texts = pd.Series(different, name=raw.name)
    try:
        blocks = [as_kind(texts.iloc[start : start + _BLOCK], kind)
                  for start in range(0, max(1, len(texts)), _BLOCK)]  # fmt: skip
    except ValueError:
        return as_kind(raw, kind)  # which names the row
    known = pd.concat(blocks).array
    values = pd.api.extensions.take(known, codes, allow_fill=True)
    return pd.Series(values, index=raw.index, name=raw.name)


def _role(values: pd.Series, kind: ColumnKind) -> str:
    """number, boolean, date, category (at most 40 different values) or text."""
    if kind != "text":
        return "date" if kind.startswith("datetime") else kind
    return "category" if values.nunique() <= CATEGORY_MAX else "text"


def class_counts(labels: pd.Series) -> dict[str, int]:
    """Rows per class, largest first, labels as text."""
    counts = {str(label): int(count) for label, count in labels.value_counts().items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
