"""What a table's columns are: roles, the target, the task, and what is left out and why."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from reprise.data.split_rule import Split
from reprise.errors import RepriseError
from reprise.predictor import ColumnKind, Missing

Task = Literal["regression", "classification"]
TASKS: tuple[Task, ...] = ("regression", "classification")


@dataclass(frozen=True)
class Column:
    """A feature: its kind (how it is stored), its role (how it is used), its type in the source."""

    kind: ColumnKind
    role: str
    type: str

    @property
    def plain_kind(self) -> str:
        """The kind without the form of its values: number, boolean, datetime or text."""
        return Missing.of_kind(self.kind)[0].partition(":")[0]


@dataclass(frozen=True)
class Schema:
    """What `prepare` found out about a table; stored as schema.json beside the parts.

    `columns` maps each feature to what it is, in the order of the table. `missing` counts missing
    values per column of the raw table, `classes` the rows of each class (labels as text).
    `dropped` says which columns were left out and why, `dropped_rows` how many rows for which
    reason. `rows` and `digests` are keyed by part: train, validation, test;
    where the split goes by group or time, `digests` also has that of the blocks.
    `reading` says how the file was read: `encoding`, `delimiter` and `header_line` (from 1; None
    where no line names the columns) of a text, `skipped` (its lines that are neither header nor
    rows, counted by kind), `missing` (fields that were taken for missing, counted by marker) and
    `source_version` of a table that keeps versions. `decisions` says what was decided about the
    file beyond the usual, and `read_as` about columns, in words;
    `target_kind` is that of a target that text spells as numbers, `asked` what of
    `reprise.data.read_options` was not left to the reader.
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
    reading: dict[str, Any] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    read_as: dict[str, str] = field(default_factory=dict)
    target_kind: ColumnKind = ""
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """The kind of each feature, in order: what the model needs to know of a raw row."""
        return {name: column.kind for name, column in self.columns.items()}

    @property
    def roles(self) -> dict[str, str]:
        """The role of each feature, in order."""
        return {name: column.role for name, column in self.columns.items()}

    @property
    def divided(self) -> Split:
        """How the rows were divided into parts."""
        return Split.parse(self.split["rule"])

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


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
