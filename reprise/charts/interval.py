"""An interval on a line: where a number lies, and how far it may be off."""

from collections.abc import Sequence

from markupsafe import Markup

from reprise.charts.scale import Scale
from reprise.charts.svg import element, picture

WIDTH, HEIGHT = 200.0, 18.0
_EDGE = 6.0


def interval(
    low: float, value: float, high: float, label: str, marks: Sequence[float] = ()
) -> Markup:
    """A bar from `low` to `high`, a dot at `value`, thin upright lines at `marks`."""
    ends = [low, value, high, *marks]
    spread = (max(ends) - min(ends)) or 1.0
    scale = Scale(min(ends) - spread / 8, max(ends) + spread / 8, _EDGE, WIDTH - _EDGE)
    middle = HEIGHT / 2
    content = [
        element("path", d=f"M0 {middle:g}H{WIDTH:g}", class_="grid"),
        element("rect", x=scale(low), y=middle - 3, width=max(2.0, scale(high) - scale(low)),
                height=6, rx=3, class_="bar soft"),
        *(element("path", d=f"M{scale(mark):.1f} 0V{HEIGHT:g}", class_="even") for mark in marks),
        element("circle", cx=scale(value), cy=middle, r=4.5, class_="fill s0"),
    ]  # fmt: skip
    return picture(content, WIDTH, HEIGHT, label)
