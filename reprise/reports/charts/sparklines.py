"""Pictures of a line's height: an interval, a pair of numbers, a distribution."""

from collections.abc import Sequence

from markupsafe import Markup

from reprise.formatting import number
from reprise.reports.charts.scale import Scale
from reprise.reports.charts.svg import element, hint, picture

_INTERVAL_WIDTH, _PAIR_WIDTH, _LINE_HEIGHT = 200.0, 140.0, 18.0
_EDGE = 6.0
_SPARK_WIDTH, _SPARK_HEIGHT = 120.0, 28.0


def interval(
    low: float, value: float, high: float, label: str, marks: Sequence[float] = ()
) -> Markup:
    """A bar from `low` to `high`, a dot at `value`, thin upright lines at `marks`."""
    ends = [low, value, high, *marks]
    spread = (max(ends) - min(ends)) or 1.0
    scale = Scale(min(ends) - spread / 8, max(ends) + spread / 8, _EDGE, _INTERVAL_WIDTH - _EDGE)
    middle = _LINE_HEIGHT / 2
    content = [
        element("path", d=f"M0 {middle:g}H{_INTERVAL_WIDTH:g}", class_="grid"),
        element(
            "rect",
            x=scale(low),
            y=middle - 3,
            width=max(2.0, scale(high) - scale(low)),
            height=6,
            rx=3,
            class_="bar soft",
        ),
        *(
            element("path", d=f"M{scale(mark):.1f} 0V{_LINE_HEIGHT:g}", class_="even")
            for mark in marks
        ),
        element("circle", cx=scale(value), cy=middle, r=4.5, class_="fill s0"),
    ]
    return picture(content, _INTERVAL_WIDTH, _LINE_HEIGHT, label)


def pair(first: float, second: float, low: float, high: float) -> Markup:
    """An open dot at `first`, a full one at `second`, on a line from `low` to `high`."""
    scale = Scale(low, high if high > low else low + 1, _EDGE, _PAIR_WIDTH - _EDGE)
    middle, ends = _LINE_HEIGHT / 2, sorted((scale(first), scale(second)))
    content = [
        element("path", d=f"M0 {middle:g}H{_PAIR_WIDTH:g}", class_="grid"),
        element("path", d=f"M{ends[0]:.1f} {middle:g}H{ends[1]:.1f}", class_="line s0"),
        element("circle", cx=scale(first), cy=middle, r=4, class_="open"),
        element("circle", cx=scale(second), cy=middle, r=4.5, class_="fill s0"),
    ]
    label = f"train {number(first)}, validation {number(second)}"
    return picture(content, _PAIR_WIDTH, _LINE_HEIGHT, label)


def spark(heights: Sequence[float], hints: Sequence[str], label: str) -> Markup:
    """A column for each height, each with what it stands for."""
    tallest, width = max([*heights, 0.0]) or 1.0, _SPARK_WIDTH / max(len(heights), 1)
    content = [
        element(
            "rect",
            [hint(said)],
            x=position * width + 0.5,
            width=max(1.0, width - 1),
            y=_SPARK_HEIGHT - max(1.0, _SPARK_HEIGHT * height / tallest),
            height=max(1.0, _SPARK_HEIGHT * height / tallest),
            class_="bar",
        )
        for position, (height, said) in enumerate(zip(heights, hints, strict=True))
    ]
    return picture(content, _SPARK_WIDTH, _SPARK_HEIGHT, label)
