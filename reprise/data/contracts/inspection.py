"""A table held against a contract: every breach by column and rule, its rows counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.contracts.chance import most_rows
from reprise.data.contracts.contract_text import as_date
from reprise.data.contracts.finding import (
    Finding,
    demand_of_kind,
    demand_of_missing,
    demand_of_values,
    shown,
)
from reprise.data.contracts.repeats import Repeats
from reprise.data.contracts.terms import Contract, Terms
from reprise.predictor import ColumnKind

# Values of a column and which of them are not of the kind that is asked for; see `readable`.
Readable = tuple[pd.Series, np.ndarray | None]


@dataclass
class _Tally:
    """Rows that break one rule, and the first of them."""

    count: int = 0
    first_row: int | None = None
    value: str | None = None

    def add(self, broken: np.ndarray, rows: np.ndarray, values: pd.Series | None = None) -> None:
        found = int(np.count_nonzero(broken))
        if found and self.first_row is None:
            at = int(np.argmax(broken))
            self.first_row = int(rows[at])
            self.value = None if values is None else shown(values.iloc[at])
        self.count += found


class _Column:
    """The rows of one column so far, held against its terms."""

    def __init__(self, name: str, terms: Terms) -> None:
        self.name, self.terms = name, terms
        self.rows = self.present = 0
        self._tallies = {rule: _Tally() for rule in ("kind", "missing", "values")}
        self._outside = _outside(terms)
        self._repeats = Repeats() if terms.unique else None

    def add(self, raw: pd.Series, read: Readable, rows: np.ndarray) -> None:
        """Hold more rows, of these numbers, against the terms."""
        plain, wrong = read
        gone = plain.isna().to_numpy()
        if wrong is not None:
            self._tallies["kind"].add(wrong, rows, raw)
            missing = gone & ~wrong
        else:
            missing = gone
        self._tallies["missing"].add(missing, rows)
        if self._outside is not None:
            self._tallies["values"].add(self._outside(plain) & ~gone, rows, plain)
        if self._repeats is not None:
            self._repeats.add(plain[~gone], rows[~gone])
        self.rows += len(plain)
        self.present += len(plain) - int(np.count_nonzero(gone))

    @property
    def is_spoiled(self) -> bool:
        """Whether a rule without any leeway is broken already."""
        terms, found = self.terms, self._tallies
        strict = {"kind": True, "missing": not terms.missing, "values": not terms.outside}
        return any(found[rule].count > 0 and leewayless for rule, leewayless in strict.items())

    def findings(self, exact: bool) -> list[Finding]:
        """What was found of each of its rules."""
        terms, tallies = self.terms, self._tallies
        found = [self._finding("kind", demand_of_kind(terms.kind), self.rows, 0, tallies["kind"])]
        if terms.missing < 1:
            most = most_rows(terms.missing, self.rows, exact)
            demand = demand_of_missing(terms)
            found.append(self._finding("missing", demand, self.rows, most, tallies["missing"]))
        if self._outside is not None:
            most = most_rows(terms.outside, self.present, exact)
            rule = "range" if terms.categories is None else "categories"
            demand = demand_of_values(terms)
            found.append(self._finding(rule, demand, self.present, most, tallies["values"]))
        if self._repeats is not None:
            tally = _Tally(*self._repeats.found())
            found.append(self._finding("unique", "must not repeat", self.present, 0, tally))
        return found

    def _finding(self, rule: str, demand: str, rows: int, most: int, tally: _Tally) -> Finding:
        counted = tally.count, rows, most, tally.first_row, tally.value
        return Finding(self.name, rule, demand, *counted)


@dataclass
class Inspection:
    """A table with these columns, its rows held against a contract as they come.

    Of rows to `predict` the target is not looked at, wherever it is known already.
    """

    contract: Contract
    names: Sequence[str]
    predict: bool
    rows: int = 0
    columns: dict[str, _Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = {
            name: _Column(name, terms)
            for name, terms in self.contract.columns.items()
            if name in self.names and not self._is_free(name)
        }

    def _is_free(self, name: str) -> bool:
        return self.predict and name == self.contract.target

    def kind(self, name: str) -> ColumnKind:
        """The kind that a column is to be of."""
        return self.contract.columns[name].kind

    def add(self, name: str, raw: pd.Series, read: Readable, rows: np.ndarray) -> None:
        """Hold some rows of a column against its terms: rows that come after those before."""
        self.columns[name].add(raw, read, rows)

    @property
    def is_spoiled(self) -> bool:
        """Whether it is known already that the table breaks the contract."""
        is_known = any(column.is_spoiled for column in self.columns.values())
        return is_known or bool(self._absent or self._others)

    def findings(self) -> list[Finding]:
        """What was found, rule by rule; the columns in the order of the contract."""
        exact = self.contract.shares == "exact"
        everywhere = self.rows, self.rows, 0, 1
        found = [Finding(n, "column", "must be in the table", *everywhere) for n in self._absent]
        unknown = "must not be in the table: the contract does not know it"
        found += [Finding(name, "column", unknown, *everywhere) for name in self._others]
        for column in self.columns.values():
            found += column.findings(exact)
        return found

    @property
    def summary(self) -> str:
        """How the table keeps to the contract, in words."""
        findings = self.findings()
        broken = sum(finding.is_breach for finding in findings)
        verdict = f"{broken} broken" if broken else "all kept"
        digest = self.contract.digest[:12]
        return f"{len(findings)} rules of {len(self.columns)} columns, {verdict} (sha256 {digest})"

    def breaches(self) -> list[Finding]:
        """The rules that are broken."""
        return [finding for finding in self.findings() if finding.is_breach]

    @property
    def _absent(self) -> list[str]:
        terms = self.contract.columns.items()
        required = [name for name, each in terms if each.required and not self._is_free(name)]
        return [name for name in required if name not in self.names]

    @property
    def _others(self) -> list[str]:
        if self.contract.other_columns == "allow":
            return []
        return [name for name in self.names if name not in self.contract.columns]


def _outside(terms: Terms) -> Callable[[pd.Series], np.ndarray] | None:
    """Says which values lie outside of what a column may have; missing ones may be said to."""
    if terms.categories is not None:
        known = list(terms.categories)
        return lambda values: ~values.isin(known).to_numpy()
    low, high = (_limit(bound) for bound in (terms.min, terms.max))
    if low is None and high is None:
        return None

    def outside(values: pd.Series) -> np.ndarray:
        found = np.zeros(len(values), dtype=bool)
        if low is not None:
            found |= (values < low).to_numpy()
        if high is not None:
            found |= (values > high).to_numpy()
        return found

    return outside


def _limit(bound: float | str | None) -> Any:
    return as_date(bound).to_datetime64() if isinstance(bound, str) else bound
