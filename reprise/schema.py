"""What a table's columns are: roles, the target, the task, and what is left out and why."""

from collections import Counter
from dataclasses import asdict, dataclass
from difflib import get_close_matches
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
    reason. `rows` and `digests` are keyed by part: train, validation, test.
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


def find_column(table: pd.DataFrame, name: str, purpose: str) -> str:
    """Return `name` where `table` has it; else raise RepriseError that names the closest."""
    if name in table.columns:
        return name
    names = [str(column) for column in table.columns]
    lowered = {column.lower(): column for column in reversed(names)}
    close = [lowered[match] for match in get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
    known = f"closest: {_quoted(close)}" if close else f"columns: {_quoted(names[:10])}"
    raise RepriseError(f"{purpose} must be a column of the table, got '{name}': {known}")


def plain_target(table: pd.DataFrame, target: str, task: str) -> tuple[pd.Series, Task, str]:
    """Return (target values without missing ones, task, reason for the task).

    Regression targets are float64. Class labels keep their type: bool, int64, float64 or str.
    The rule for `auto`: text, booleans and at most 20 different whole numbers are classes, all
    other numbers are measured. Raises RepriseError where the target fits no task.
    """
    kind = kind_of(table[target])
    if kind is None:
        raise RepriseError(
            f"target must hold plain values, got lists or objects in '{target}': "
            "name another target"
        )
    values = _plain_labels(table[target], kind)
    present = values[values.notna()]
    if present.empty:
        raise RepriseError(
            f"target must have values, got only missing ones in '{target}': name another target"
        )
    if len(present) < MIN_ROWS:
        raise RepriseError(
            f"a table needs at least {MIN_ROWS} rows with a target, got {len(present)}: add rows"
        )
    if present.nunique() == 1:
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


def feature_columns(
    table: pd.DataFrame, excluded: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, Column], dict[str, dict[str, str]]]:
    """Return (features in their plain form, what they are, what was dropped and why).

    `excluded` maps columns that are not features to what they are (target, group). Columns
    without any value, with one value in every row, or with nested values are dropped.
    """
    kept: dict[str, pd.Series] = {}
    columns: dict[str, Column] = {}
    dropped: dict[str, dict[str, str]] = {}
    for name in table.columns:
        if name in excluded:
            continue
        raw = table[name]
        kind = kind_with_format(raw)
        if kind is None:
            dropped[name] = {"reason": "nested values"}
            continue
        values = as_kind(raw, kind)
        if values.isna().all():
            dropped[name] = {"reason": "every value is missing"}
        elif values.nunique(dropna=False) == 1:
            dropped[name] = {"reason": "constant", "value": str(values.iloc[0])}
        else:
            kept[name] = values
            columns[name] = Column(kind, _role(values, kind), str(raw.dtype))
    if not kept:
        raise RepriseError(
            f"a table needs a column to learn from, got none beside {_quoted(list(excluded))} "
            f"that varies ({len(dropped)} others are constant, empty or nested): add columns"
        )
    return pd.DataFrame(kept, index=table.index), columns, dropped


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
    try:
        dates = ToDatetime()
        parsed = dates.fit_transform(different)
    except ValueError:
        return kind
    return f"datetime:{dates.format_}" if dates.format_ and parsed.notna().all() else kind


def _role(values: pd.Series, kind: ColumnKind) -> str:
    """number, boolean, date, category (at most 40 different values) or text."""
    if kind != "text":
        return "date" if kind.startswith("datetime") else kind
    return "category" if values.nunique() <= CATEGORY_MAX else "text"


def class_counts(labels: pd.Series) -> dict[str, int]:
    """Rows per class, largest first, labels as text."""
    counts = Counter(str(label) for label in labels)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
