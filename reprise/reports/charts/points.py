"""Clouds of points."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reprise.formatting import number
from reprise.reports.charts.frame import Frame
from reprise.reports.charts.svg import colour, element, hint

Point = tuple[float, float]


def points(
    series: Mapping[str, Sequence[Point]],
    xlabel: str,
    ylabel: str,
    label: str,
    line: Sequence[Point] = (),
) -> Markup:
    """A dot for each (x, y) of a series, and a thin line through the points of `line`.

    Series are named in a legend where there are several.
    """
    both = [*(point for values in series.values() for point in values), *line]
    frame = Frame.around([x for x, _ in both], [y for _, y in both], xlabel, ylabel)
    named = len(series) > 1
    dots = [
        element(
            "circle",
            [hint(f"{f'{name}: ' if named else ''}{xlabel} {number(x)}, {ylabel} {number(y)}")],
            cx=frame.x(x),
            cy=frame.y(y),
            r=2.6,
            class_=f"dot {colour(position)}",
        )
        for position, (name, values) in enumerate(series.items())
        for x, y in values
    ]
    path = "L".join(f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in line)
    lines = [element("path", d=f"M{path}", class_="even")] if line else []
    return frame.draw([*lines, *dots], label, series)
