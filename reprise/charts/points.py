"""A cloud of points."""

from collections.abc import Sequence

from markupsafe import Markup

from reprise.charts.frame import Frame
from reprise.charts.svg import element, hint
from reprise.wording import number

Point = tuple[float, float]


def points(
    values: Sequence[Point], xlabel: str, ylabel: str, label: str, line: Sequence[Point] = ()
) -> Markup:
    """A dot for each (x, y), and a thin line through the points of `line`."""
    both = [*values, *line]
    frame = Frame.around([x for x, _ in both], [y for _, y in both], xlabel, ylabel)
    dots = [
        element("circle", [hint(f"{xlabel} {number(x)}, {ylabel} {number(y)}")],
                cx=frame.x(x), cy=frame.y(y), r=2.6, class_="dot")
        for x, y in values
    ]  # fmt: skip
    path = "L".join(f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in line)
    return frame.draw([*([element("path", d=f"M{path}", class_="even")] if line else []), *dots],
                      label)  # fmt: skip
