"""A picture of a line's height: how values are distributed."""

from collections.abc import Sequence

from markupsafe import Markup

from reprise.charts.svg import element, hint, picture

WIDTH, HEIGHT = 120.0, 28.0


def spark(heights: Sequence[float], hints: Sequence[str], label: str) -> Markup:
    """A column for each height, each with what it stands for."""
    tallest, width = max([*heights, 0.0]) or 1.0, WIDTH / max(len(heights), 1)
    content = [
        element("rect", [hint(said)], x=position * width + 0.5, width=max(1.0, width - 1),
                y=HEIGHT - max(1.0, HEIGHT * height / tallest),
                height=max(1.0, HEIGHT * height / tallest), class_="bar")
        for position, (height, said) in enumerate(zip(heights, hints, strict=True))
    ]  # fmt: skip
    return picture(content, WIDTH, HEIGHT, label)
