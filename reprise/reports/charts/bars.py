"""Bars: upright ones side by side, lying ones with names, and ranges."""

from collections.abc import Sequence
from math import isfinite

from markupsafe import Markup

from reprise.formatting import number
from reprise.reports.charts.frame import WIDTH, Frame
from reprise.reports.charts.scale import Scale
from reprise.reports.charts.svg import colour, element, hint, picture, shortened, text

_ROW, _THICK, _NUMBERS = 29.0, 9.0, 56.0


def columns(
    edges: Sequence[float], heights: Sequence[float], xlabel: str, ylabel: str, label: str
) -> Markup:
    """A histogram: the n-th column stands between the n-th edge and the next."""
    frame = Frame.around(edges, [0, *heights], xlabel, ylabel)
    content = [
        element(
            "rect",
            [hint(f"{number(left)} to {number(right)}: {number(height)}")],
            x=frame.x(left) + 0.5,
            y=frame.y(height),
            width=max(0.5, frame.x(right) - frame.x(left) - 1),
            height=max(0.0, frame.y(0) - frame.y(height)),
            class_="bar",
        )
        for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True)
    ]
    return frame.draw(content, label)


def rows_of_bars(
    rows: Sequence[tuple[str, float]],
    label: str,
    *,
    spreads: Sequence[float] = (),
    line: float | None = None,
) -> Markup:
    """A lying bar a row, its name above it and its value behind.

    `spreads` draws a whisker of that length to either side of a bar's end, `line` a thin upright
    line at a value. Rows without a finite value are left out.
    """
    spreads = [spread for (_, value), spread in zip(rows, spreads, strict=False) if isfinite(value)]
    rows = [row for row in rows if isfinite(row[1])]
    reach = [value + spread for (_, value), spread in zip(rows, spreads, strict=False)]
    values = [0.0, *(value for _, value in rows), *reach, *([] if line is None else [line])]
    highest = max(values) if max(values) > min(values) else 1.0
    scale = Scale(min(values), highest, 0.0, WIDTH - _NUMBERS)
    content = []
    for position, (name, value) in enumerate(rows):
        y, ends = position * _ROW + 15, sorted((scale(0), scale(value)))
        content += [
            text(0.0, y - 4, shortened(name, 52), class_="tick"),
            element(
                "rect",
                [hint(f"{name}: {number(value)}")],
                x=ends[0],
                y=y,
                height=_THICK,
                width=max(ends[1] - ends[0], 1.0),
                rx=2,
                class_="bar",
            ),
            text(WIDTH, y + _THICK, number(value), "end", class_="tick"),
        ]
        if position < len(spreads):
            low, high = scale(value - spreads[position]), scale(value + spreads[position])
            way = f"M{max(low, 0.0):.1f} {y + _THICK / 2:g}H{high:.1f}"
            content.append(element("path", d=way, class_="even"))
    height = len(rows) * _ROW + 2
    if line is not None:
        content.append(element("path", d=f"M{scale(line):.1f} 0V{height:g}", class_="even"))
    return picture(content, WIDTH, height, label)


def ranges(
    groups: Sequence[tuple[str, float, float, float]], xlabel: str, ylabel: str, label: str
) -> Markup:
    """A group beside the other: a bar from a low to a high value, a mark at the middle one.

    Groups are (name, low, middle, high).
    """
    around = Frame.around([0, 1], [0, *(v for group in groups for v in group[1:])], "", "")
    x = Scale(0, max(1, len(groups)), around.x.start, around.x.end)
    names = [(x(n + 0.5), shortened(group[0], 9)) for n, group in enumerate(groups)]
    frame = Frame(x, around.y, xlabel, ylabel, names)
    content = []
    for position, (name, low, middle, high) in enumerate(groups):
        left, right = x(position + 0.2), x(position + 0.8)
        said = f"{name}: {number(low)}, {number(middle)}, {number(high)}"
        content += [
            element(
                "rect",
                [hint(said)],
                x=left,
                width=right - left,
                y=frame.y(high),
                height=max(1.0, frame.y(low) - frame.y(high)),
                class_="bar soft",
            ),
            element(
                "path",
                d=f"M{left:.1f} {frame.y(middle):.1f}H{right:.1f}",
                class_=f"line {colour(0)}",
            ),
        ]
    return frame.draw(content, label)
