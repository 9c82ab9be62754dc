"""How far a piece of work is: told by what does it, shown by whoever waits for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Self

# Begins a line that is meant for the process that reads it, not for people.
MARK = "\x1e"
_FEWEST_SECONDS = 2.0


@dataclass(frozen=True)
class Advance:
    """`done` of `total` (None: nobody knows) `what`, and what there is to say of it.

    `at_most` says that the work may end sooner, so that the time left cannot be told.
    """

    what: str
    done: int
    total: int | None = None
    note: str = ""
    at_most: bool = False

    @property
    def count(self) -> str:
        """`trials 4/20`, `rows read 1,000,000`."""
        limit = "" if self.total is None else f"/{self.total:,}"
        return f"{self.what} {self.done:,}{limit}"

    def to_line(self) -> str:
        """As a line for the process that reads it."""
        return MARK + json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self | None:
        """The advance that a line tells of; None for any other line."""
        if not line.startswith(MARK):
            return None
        try:
            return cls(**json.loads(line.removeprefix(MARK)))
        except (ValueError, TypeError):
            return None


Report = Callable[[Advance], None]


def silent(advance: Advance) -> None:
    """A `Report` that tells nobody how far the work is."""


class Tally:
    """Counts what several threads do together, and reports the sum."""

    def __init__(self, report: Report, what: str, total: int | None) -> None:
        self._report, self._what, self._total = report, what, total
        self._done = 0
        self._lock = Lock()

    def add(self, count: int) -> None:
        """Count so many more as done."""
        with self._lock:
            self._done += count
            self._report(Advance(self._what, self._done, self._total))


class Pace:
    """How long the rest takes, by the pace since this work was first heard of."""

    def __init__(self) -> None:
        self._first: Advance | None = None
        self._began = 0.0

    def shown(self, advance: Advance, now: float | None = None) -> str:
        """The advance in one line, with the time left where that can be told."""
        now = time.monotonic() if now is None else now
        if self._first is None or self._first.what != advance.what:
            self._first, self._began = advance, now
        left = self._left(advance, now - self._began)
        parts = (advance.count, advance.note, "" if left is None else f"about {clock(left)} left")
        return ", ".join(part for part in parts if part)

    def _left(self, advance: Advance, spent: float) -> float | None:
        done = advance.done - self._first.done if self._first else 0
        if advance.total is None or advance.at_most or done < 1 or spent < _FEWEST_SECONDS:
            return None
        left = advance.total - advance.done
        return spent * left / done if left > 0 else None


def clock(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
