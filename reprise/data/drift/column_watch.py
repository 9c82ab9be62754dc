"""The rows of one column, block by block, held against what a model learned from."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from reprise.data.drift.change import Bars, Change
from reprise.data.drift.distribution import Gap, Labels, Ordered, characters, words
from reprise.data.drift.row_profile import ColumnProfile
from reprise.data.drift.two_sample import fisher, topmost
from reprise.data.profile.univariate import as_numbers
from reprise.formatting import count, number, share

_MICROSECOND = "us"


class ColumnWatch:
    """Counts the values of a column; what has changed is known at any time."""

    def __init__(self, name: str, known: ColumnProfile) -> None:
        self._name, self._known = name, known
        self.rows = self._missing = self._unreadable = 0
        spread, common = known.spread, known.words
        size = 0 if spread is None else len(spread.counts) + isinstance(spread, Labels)
        self._counts = np.zeros(size, dtype="int64")
        self._words = np.zeros(0 if common is None else len(common.counts) + 1, dtype="int64")

    def add(self, values: pd.Series, wrong: np.ndarray | None) -> None:
        """Take in more rows in plain form, and which of them have a value of another kind."""
        self.rows += len(values)
        unreadable = 0 if wrong is None else int(wrong.sum())
        self._unreadable += unreadable
        self._missing += int(values.isna().sum()) - unreadable
        spread = self._known.spread
        if isinstance(spread, Labels):
            self._counts += spread.count(pa.array(values.dropna(), pa.large_string()))
        elif spread is not None and self._known.role == "text":
            self._counts += spread.count(characters(values))
        elif spread is not None:
            self._counts += spread.count(as_numbers(values))
        if self._known.words is not None:
            self._words += self._known.words.count(words(values))

    @property
    def _present(self) -> int:
        return self.rows - self._missing - self._unreadable

    def changes(self) -> list[Change]:
        """What is measured of it, changed or not."""
        found = [self._missing_now(), self._unreadable_now()]
        spread = self._known.spread
        if spread is not None and self._present:
            if self._known.role != "date":  # time goes on: other dates are no change
                found.append(self._drift(spread))
            if isinstance(spread, Labels):
                found.append(self._unseen(spread))
            elif self._known.role != "text":
                found.append(self._outside(spread))
        return found

    def bars(self) -> Bars:
        """How its values are spread, before and now."""
        spread = self._known.spread
        if spread is None or not self._present:
            return Bars()
        before = np.array([*spread.counts, *([0] if isinstance(spread, Labels) else [])])
        names = [*spread.labels, *(["any other"] if isinstance(spread, Labels) else [])]
        if self._known.role == "date" and isinstance(spread, Ordered):
            ends = [
                f"{pd.Timestamp(int(edge), unit=_MICROSECOND):%Y-%m-%d}" for edge in spread.edges
            ]
            names = [f"before {ends[1]}", *(f"to {end}" for end in ends[1:]), f"after {ends[-1]}"]
        total = max(1, int(before.sum()))
        shares = (before / total).round(6), (self._counts / self._present).round(6)
        return Bars(names, shares[0].tolist(), shares[1].tolist())

    def _change(self, measure: str, size: float, chance: float, before: str, now: str) -> Change:
        return Change(measure, (self._name,), size, chance, before, now)

    def _missing_now(self) -> Change:
        known = self._known
        chance = fisher(known.missing, known.rows, self._missing, self.rows)
        shares = known.missing / max(1, known.rows), self._missing / max(1, self.rows)
        said = (f"{share(each)} missing" for each in shares)
        return self._change("missing", abs(shares[1] - shares[0]), chance, *said)

    def _unreadable_now(self) -> Change:
        found = self._unreadable
        # No row had one: training would have taken the column for one of another kind.
        chance = 0.0 if found else 1.0
        now = f"{count(found)} of another kind" if found else "all of their kind"
        size = found / max(1, self.rows)
        return self._change("unreadable", size, chance, "all of their kind", now)

    def _drift(self, spread: Ordered | Labels) -> Change:
        if isinstance(spread, Labels):
            gap = spread.gap(self._counts, self._present)
            return self._change(
                "drift", gap.size, gap.chance, *_shares(spread, self._counts, gap, self._present)
            )
        gap = spread.gap(self._counts)
        said = _middle(spread, spread.counts), _middle(spread, self._counts.tolist())
        if self._known.role == "text":
            said = f"{said[0]} characters", f"{said[1]} characters"
            if self._known.words is not None and self._known.words.labels:
                other = self._known.words.gap(self._words, self._present)
                if other.chance < gap.chance:
                    said = _shares(self._known.words, self._words, other, self._present)
                gap = Gap(max(gap.size, other.size), min(1.0, 2 * min(gap.chance, other.chance)))
        return self._change("drift", gap.size, gap.chance, *said)

    def _unseen(self, spread: Labels) -> Change:
        """Good and Turing (Biometrika 40, 1953): what is new comes as often as what came once."""
        new = int(self._counts[-1])
        chance = fisher(spread.once, spread.rows, new, self._present, greater=True)
        now = f"{share(new / self._present)} in categories never seen"
        before = f"{count(len(spread.labels))} categories"
        return self._change("unseen", new / self._present, chance, before, now)

    def _outside(self, spread: Ordered) -> Change:
        known = sum(spread.counts)
        below, above = int(self._counts[0]), int(self._counts[-1])
        if self._known.role == "date":  # later ones always come
            above = 0
        lowest = min(topmost(each, known, self._present) for each in (below, above))
        ends = spread.labels[0].removeprefix("below "), spread.labels[-1].removeprefix("above ")
        before = f"{ends[0]} to {ends[1]}"
        if self._known.role == "date":
            before = f"from {pd.Timestamp(int(spread.edges[1]), unit=_MICROSECOND):%Y-%m-%d %H:%M}"
        size = (below + above) / self._present
        where = " and ".join(
            f"{share(n / self._present)} {side}"
            for n, side in ((below, "below"), (above, "above"))
            if n
        )
        return self._change("outside", size, min(1.0, 2 * lowest), before, where or "inside")


def _shares(known: Labels, counts: np.ndarray, gap: Gap, rows: int) -> tuple[str, str]:
    """The share of the label that a gap shows most in, before and now."""
    place = list(known.labels).index(gap.where)
    before, now = known.counts[place] / known.rows, counts[place] / rows
    return f"{share(before)} '{gap.where}'", f"{share(now)} '{gap.where}'"


def _middle(spread: Ordered, counts: Sequence[int]) -> str:
    """The middle value, as closely as the bins tell it."""
    place = int(np.searchsorted(np.cumsum(counts), sum(counts) / 2))
    inner = [*spread.edges, spread.edges[-1]]
    beyond = {0: "below ", len(spread.edges): "above "}.get(place, "")
    return f"median {beyond}{number(inner[max(place, 1)])}"
