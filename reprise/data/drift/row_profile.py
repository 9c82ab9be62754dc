"""What rows are like, column by column, as far as later rows are held against it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import pandas as pd

from reprise.data.drift.distribution import Labels, Ordered, characters, distribution_from
from reprise.data.drift.geometry import Geometry
from reprise.data.profile.univariate import as_numbers
from reprise.data.sampling import every_nth, step


@dataclass(frozen=True)
class ColumnProfile:
    """Of a column: its role, rows, those without a value, and how its values are spread.

    `spread` has numbers, dates as microseconds since 1970, categories, or how long texts are;
    `words` what is in those. Of more than 100,000 texts every n-th is looked at.
    """

    role: str
    rows: int
    missing: int
    spread: Ordered | Labels | None
    words: Labels | None = None

    @classmethod
    def of(cls, values: pd.Series, role: str) -> Self:
        """The profile of a column in plain form."""
        rows, missing = len(values), int(values.isna().sum())
        if role == "text":
            texts = every_nth(values)
            spread = Ordered.of(characters(texts))
            return cls(role, rows, missing, spread, Labels.of_words(texts))
        if role == "category":
            return cls(role, rows, missing, Labels.of(values))
        return cls(role, rows, missing, Ordered.of(as_numbers(values)))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The profile that `to_json` of the rows gave `values` of."""
        parts = {
            name: None if values[name] is None else distribution_from(values[name])
            for name in ("spread", "words")
        }
        return cls(**{**values, **parts})


@dataclass(frozen=True)
class RowProfile:
    """The profile of each column, and how they go together in at most about 100,000 rows."""

    columns: Mapping[str, ColumnProfile]
    geometry: Geometry

    @classmethod
    def of(cls, frames: Sequence[pd.DataFrame], roles: Mapping[str, str]) -> Self:
        """The profile of the rows of all frames together; `roles` are those of the columns."""
        columns = {
            name: ColumnProfile.of(pd.concat([each[name] for each in frames]), role)
            for name, role in roles.items()
        }
        looked_at: dict[str, Labels | None] = {
            name: each.spread if isinstance(each.spread, Labels) else None
            for name, each in columns.items()
            if each.role in ("number", "boolean", "category")
        }
        nth = step(sum(map(len, frames)))
        some = pd.concat([each[list(looked_at)].iloc[::nth] for each in frames], ignore_index=True)
        return cls(columns, Geometry.of(some, looked_at))

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The profile that `to_json` gave `values` of."""
        columns = {name: ColumnProfile.from_json(each) for name, each in values["columns"].items()}
        return cls(columns, Geometry.from_json(values["geometry"]))
