"""Two numbers on one line: an open dot and a full one."""

from markupsafe import Markup

from reprise.charts.interval import _EDGE, HEIGHT
from reprise.charts.scale import Scale
from reprise.charts.svg import element, picture
from reprise.wording import number

WIDTH = 140.0


def pair(first: float, second: float, low: float, high: float) -> Markup:
    """An open dot at `first`, a full one at `second`, on a line from `low` to `high`."""
    scale = Scale(low, high if high > low else low + 1, _EDGE, WIDTH - _EDGE)
    middle, ends = HEIGHT / 2, sorted((scale(first), scale(second)))
    content = [
        element("path", d=f"M0 {middle:g}H{WIDTH:g}", class_="grid"),
        element("path", d=f"M{ends[0]:.1f} {middle:g}H{ends[1]:.1f}", class_="line s0"),
        element("circle", cx=scale(first), cy=middle, r=4, class_="open"),
        element("circle", cx=scale(second), cy=middle, r=4.5, class_="fill s0"),
    ]
    label = f"train {number(first)}, validation {number(second)}"
    return picture(content, WIDTH, HEIGHT, label)
