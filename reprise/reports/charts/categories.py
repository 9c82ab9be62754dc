"""Upright bars in groups: one bar of each series above every name."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reprise.formatting import number, share
from reprise.reports.charts.frame import LEFT, RIGHT, WIDTH, Frame
from reprise.reports.charts.scale import Scale
from reprise.reports.charts.svg import colour, element, hint, shortened

_ROOM = WIDTH - LEFT - RIGHT
_LETTER = 6.5
_LONGEST = 10


def groups(
    names: Sequence[str], series: Mapping[str, Sequence[float]], ylabel: str, label: str
) -> Markup:
    """The n-th share of each series stands above the n-th name."""
    x = Scale(0, len(names), LEFT, WIDTH - RIGHT)
    around = Frame.around([0, 1], [0, *(v for values in series.values() for v in values)], "", "")
    room = (WIDTH - LEFT - RIGHT) / len(names)
    named = [
        (x(n + 0.5), shortened(name, max(2, int(room / _LETTER)))) for n, name in enumerate(names)
    ]
    frame = Frame(x, around.y, "", ylabel, named)
    width = room * 0.8 / len(series)
    content = [
        element(
            "rect",
            [hint(f"{names[n]}, {title}: {share(value)}")],
            rx=1,
            x=x(n) + room * 0.1 + position * width,
            width=max(1.0, width - 1),
            y=frame.y(value),
            height=max(0.0, frame.y(0) - frame.y(value)),
            class_=f"fill {colour(position)}",
        )
        for position, (title, values) in enumerate(series.items())
        for n, value in enumerate(values)
    ]
    return frame.draw(content, label, series)


def steps(
    names: Sequence[str],
    series: Mapping[str, Sequence[float]],
    xlabel: str,
    ylabel: str,
    label: str,
) -> Markup:
    """The n-th value of each series stands above the n-th name."""
    x = Scale(0, len(names), LEFT, WIDTH - RIGHT)
    around = Frame.around([0, 1], [v for values in series.values() for v in values], "", "")
    longest = min(max(map(len, names)), _LONGEST)
    shown = max(1, int(-(-len(names) * longest * _LETTER // _ROOM)))  # every name, or each second
    room = int(_ROOM / len(names) * shown / _LETTER)
    named = [
        (x(n + 0.5), shortened(name, max(3, room)))
        for n, name in enumerate(names)
        if n % shown == 0
    ]
    frame = Frame(x, around.y, xlabel, ylabel, named)
    content = []
    for position, (title, values) in enumerate(series.items()):
        places = [(x(n + 0.5), frame.y(value)) for n, value in enumerate(values)]
        path = "L".join(f"{across:.1f} {up:.1f}" for across, up in places)
        content.append(element("path", d=f"M{path}", class_=f"line thin {colour(position)}"))
        content += [
            element(
                "circle",
                [hint(f"{name}{title and f', {title}'}: {number(value)}")],
                cx=across,
                cy=up,
                r=3.6,
                class_=f"fill {colour(position)}",
            )
            for (across, up), name, value in zip(places, names, values, strict=True)
        ]
    return frame.draw(content, label, series)
