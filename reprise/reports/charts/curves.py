"""Lines, one a series."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reprise.formatting import number
from reprise.reports.charts.frame import Frame
from reprise.reports.charts.svg import colour, element, hint

Point = tuple[float, float]
_HINTS = 40


def curves(
    series: Mapping[str, Sequence[Point]],
    xlabel: str,
    ylabel: str,
    label: str,
    *,
    even: Sequence[Point] = (),
    marks: bool = False,
    upright: float | None = None,
) -> Markup:
    """A line a series, named in a legend where there are several; one without values has none.

    `even` is a thin line for comparison, `marks` puts a dot on every point, `upright` is a value
    of x that a thin upright line marks.
    """
    everything = [point for values in series.values() for point in values] + list(even)
    frame = Frame.around([x for x, _ in everything], [y for _, y in everything], xlabel, ylabel)
    content = [element("path", d=_path(frame, even), class_="even")] if even else []
    if upright is not None:
        place = f"M{frame.x(upright):.1f} {frame.y.start:g}V{frame.y.end:g}"
        content.append(element("path", d=place, class_="even"))
    for position, (name, values) in enumerate(series.items()):
        if values:
            path = _path(frame, values)
            content.append(element("path", d=path, class_=f"line {colour(position)}"))
            content += _dots(frame, name, values, position, marks)
    return frame.draw(content, label, series)


def _path(frame: Frame, values: Sequence[Point]) -> str:
    return "M" + "L".join(f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in values)


def _dots(
    frame: Frame, name: str, values: Sequence[Point], position: int, marks: bool
) -> list[Markup]:
    """What a pointer finds on the line: every point, or some of many."""
    step = 1 if marks else max(1, -(-len(values) // _HINTS))
    look = {"r": 3.2, "class_": f"fill {colour(position)}"} if marks else {"r": 6, "class_": "hit"}
    return [
        element(
            "circle",
            [hint(f"{name}: {frame.xlabel} {number(x)}, {frame.ylabel} {number(y)}")],
            cx=frame.x(x),
            cy=frame.y(y),
            **look,
        )
        for x, y in list(values)[::step]
    ]
