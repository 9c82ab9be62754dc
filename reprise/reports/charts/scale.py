"""From values to places in a picture, with round numbers as ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from reprise.formatting import number

_TICKS = 5


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` on a line from `start` to `end`, in units of the picture."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, values: Iterable[float], start: float, end: float) -> "Scale":
        """The scale that shows all finite values, from one round number to another."""
        known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(known), max(known)
        if low == high:
            low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
        step = round_step(high - low)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, start, end)

    def __call__(self, value: float) -> float:
        """The place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Round numbers, a few steps apart."""
        step = round_step(self.high - self.low)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)]

    def named_ticks(self) -> list[tuple[float, str]]:
        """(place, number as text) of each tick."""
        return [(self(tick), number(round(tick, 12))) for tick in self.ticks]


def round_step(span: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that divides a span into few steps."""
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    steps = (power * factor for factor in (1, 2, 2.5, 5, 10))
    return next(step for step in steps if span / step <= _TICKS + 1e-9)
