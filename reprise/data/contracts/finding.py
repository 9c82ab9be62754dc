"""What was found of one rule of a contract, in words and as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

from reprise.data.contracts.terms import Terms
from reprise.formatting import listed, number
from reprise.predictor import ColumnKind, Missing

_LONGEST = 60


@dataclass(frozen=True)
class Finding:
    """One rule of one column, and the rows that break it: of `rows`, `most` may.

    `demand` is the rule in words. `first_row` counts the rows of the table from 1, `value` is what
    stands there. A column that is not there, or must not be, breaks its rule in every row.
    """

    column: str
    rule: str
    demand: str
    count: int
    rows: int
    most: int = 0
    first_row: int | None = None
    value: str | None = None

    @property
    def is_breach(self) -> bool:
        """Whether more rows break the rule than may."""
        return self.rule == "column" or self.count > self.most

    def __str__(self) -> str:
        said = f"column '{self.column}' {self.demand}"
        if self.rule == "column":
            return said
        where = "" if self.first_row is None else f", first in row {self.first_row:,}"
        shown = "" if self.value is None else f": {self.value}"
        leeway = f", where {self.most:,} may be" if self.most else ""
        return f"{said} (broken in {self.count:,} of {self.rows:,} rows{leeway}{where}{shown})"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def demand_of_kind(kind: ColumnKind) -> str:
    """What is asked of the values by their kind."""
    base, _, form = Missing.of_kind(kind)[0].partition(":")
    words = {"number": "numbers", "boolean": "true or false", "datetime": "dates"}.get(base, base)
    if base == "text" and form:
        words = "codes with zeros in front"
    return f"must hold {words}" + (f" ({form})" if form and base == "datetime" else "")


def demand_of_missing(terms: Terms) -> str:
    """What is asked of missing values."""
    if not terms.missing:
        return "must have a value in every row"
    return f"must have a value in all rows but {_percent(terms.missing)}"


def demand_of_values(terms: Terms) -> str:
    """What is asked of the values that are there."""
    but = f" but for {_percent(terms.outside)} of the values" if terms.outside else ""
    if terms.categories is not None:
        known = listed([shown(each) for each in terms.categories])
        return f"must be {'one of ' if len(terms.categories) > 1 else ''}{known}{but}"
    low, high = (_bound(bound) for bound in (terms.min, terms.max))
    if low and high:
        return f"must be from {low} to {high}{but}"
    return f"must be {f'at least {low}' if low else f'at most {high}'}{but}"


def shown(value: Any) -> str:
    """A value, quoted where it is a text, shortened where it is long."""
    if not isinstance(value, str):
        return str(getattr(value, "item", lambda: value)())
    return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")


def _bound(bound: float | str | None) -> str:
    if bound is None:
        return ""
    return bound if isinstance(bound, str) else f"{bound:.15g}"


def _percent(share: float) -> str:
    return f"{number(100 * share)}%"
