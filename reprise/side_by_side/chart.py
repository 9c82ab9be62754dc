"""A picture as coordinates of an SVG: the template draws what stands here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from reprise.side_by_side.curves import Picture

WIDTH, HEIGHT = 360, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 10, 10, 42
_TICKS = 5


@dataclass(frozen=True)
class Tick:
    """Where an axis is labelled: the coordinate, and what stands there."""

    at: float
    label: str


@dataclass(frozen=True)
class Mark:
    """What one run draws: the points of a line, or the places of dots."""

    letter: str
    line: str
    dots: list[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """A picture in the coordinates of its SVG."""

    picture: Picture
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    marks: list[Mark]
    diagonal: tuple[float, float, float, float] | None
    described: str

    left, right, top, bottom = _LEFT, WIDTH - _RIGHT, _TOP, HEIGHT - _BOTTOM
    width, height = WIDTH, HEIGHT


def chart(picture: Picture) -> Chart | None:
    """The chart of a picture; None where it has no points."""
    curves = [curve for curve in picture.curves if len(curve.x)]
    if not curves:
        return None
    x_ends = _ends([curve.x for curve in curves])
    y_ends = _ends([curve.y for curve in curves])
    if picture.diagonal:
        x_ends = y_ends = (min(x_ends[0], y_ends[0]), max(x_ends[1], y_ends[1]))
    across = _Scale(x_ends, Chart.left, Chart.right)
    up = _Scale(y_ends, Chart.bottom, Chart.top)
    marks = []
    for curve in curves:
        places = [(across(x), up(y)) for x, y in zip(curve.x, curve.y, strict=True)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places) if curve.joined else ""
        marks.append(Mark(curve.letter, line, [] if curve.joined else places))
    ends = (across(x_ends[0]), up(y_ends[0]), across(x_ends[1]), up(y_ends[1]))
    last = ", ".join(
        f"{curve.letter} ends at {curve.y[-1]:.4g}" if curve.joined
        else f"{curve.letter} has {len(curve.x)} points" for curve in curves
    )  # fmt: skip
    return Chart(
        picture,
        across.ticks(),
        up.ticks(),
        marks,
        ends if picture.diagonal else None,
        f"{picture.y} by {picture.x}: {last}",
    )


class _Scale:
    """From values to coordinates."""

    def __init__(self, ends: tuple[float, float], start: float, stop: float) -> None:
        self._ends = ends
        self._start, self._stop = start, stop

    def __call__(self, value: float) -> float:
        low, high = self._ends
        return round(self._start + (value - low) / (high - low) * (self._stop - self._start), 1)

    def ticks(self) -> list[Tick]:
        low, high = self._ends
        values = MaxNLocator(_TICKS).tick_values(low, high)
        return [Tick(self(value), f"{value:.6g}") for value in values if low <= value <= high]


def _ends(columns: Sequence[np.ndarray]) -> tuple[float, float]:
    """The smallest and largest value, never the same."""
    values = np.concatenate(columns)
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)
