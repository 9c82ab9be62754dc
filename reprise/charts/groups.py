"""Upright bars in groups: one bar of each series above every name."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reprise.charts.frame import LEFT, RIGHT, WIDTH, Frame
from reprise.charts.scale import Scale
from reprise.charts.svg import colour, element, hint, shortened
from reprise.wording import share

_LETTER = 6.5


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
        element("rect", [hint(f"{names[n]}, {title}: {share(value)}")], rx=1,
                x=x(n) + room * 0.1 + position * width, width=max(1.0, width - 1),
                y=frame.y(value), height=max(0.0, frame.y(0) - frame.y(value)),
                class_=f"fill {colour(position)}")
        for position, (title, values) in enumerate(series.items())
        for n, value in enumerate(values)
    ]  # fmt: skip
    return frame.draw(content, label, series)
