"""The frame that pictures with two axes share: grid, ticks, labels, legend."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass

from markupsafe import Markup

from reprise.reports.charts.scale import Scale
from reprise.reports.charts.svg import colour, element, picture, shortened, text

WIDTH, HEIGHT = 360.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 54.0, 12.0, 10.0, 42.0
_LEGEND_ROW = 16.0
_LEGEND_COLUMNS = 2


@dataclass(frozen=True)
class Frame:
    """Two scales and what they are called; `names` are groups at places of x, not numbers."""

    x: Scale
    y: Scale
    xlabel: str
    ylabel: str
    names: Sequence[tuple[float, str]] | None = None

    @classmethod
    def around(cls, x: Iterable[float], y: Iterable[float], xlabel: str, ylabel: str) -> "Frame":
        """The frame that shows these values."""
        return cls(
            Scale.of(x, LEFT, WIDTH - RIGHT), Scale.of(y, HEIGHT - BOTTOM, TOP), xlabel, ylabel
        )

    def draw(
        self, content: Iterable[str], label: str, series: Mapping[str, Sized] | None = None
    ) -> Markup:
        """The picture of `content` in this frame.

        Beneath stands a legend of the series that have values, where there are several.
        """
        legend = [
            (colour(n), name)
            for n, (name, values) in enumerate((series or {}).items())
            if len(series or {}) > 1 and len(values)
        ]
        rows = -(-len(legend) // _LEGEND_COLUMNS)
        parts = [*self._grid(), *self._ticks(), *content, *_legend(legend)]
        return picture(parts, WIDTH, HEIGHT + rows * _LEGEND_ROW, label)

    def _grid(self) -> Iterable[Markup]:
        for place, _ in self.y.named_ticks():
            yield element("path", d=f"M{LEFT:g} {place:.1f}H{WIDTH - RIGHT:g}", class_="grid")
        for place, _ in self.x.named_ticks() if self.names is None else ():
            yield element("path", d=f"M{place:.1f} {TOP:g}V{HEIGHT - BOTTOM:g}", class_="grid")

    def _ticks(self) -> Iterable[Markup]:
        for place, name in self.y.named_ticks():
            yield text(LEFT - 6, place + 4, name, "end", class_="tick")
        for place, name in self.x.named_ticks() if self.names is None else self.names:
            yield text(place, HEIGHT - BOTTOM + 16, name, "middle", class_="tick")
        middle = (LEFT + WIDTH - RIGHT) / 2
        if self.xlabel:
            yield text(middle, HEIGHT - 6, shortened(self.xlabel, 44), "middle", class_="axis")
        half = (TOP + HEIGHT - BOTTOM) / 2
        turned = f"rotate(-90 11 {half:g})"
        label = shortened(self.ylabel, 34)
        yield text(11.0, half, label, "middle", transform=turned, class_="axis")


def _legend(names: Sequence[tuple[str, str]]) -> Iterable[Markup]:
    """A row or more of (class of the colour, name)."""
    width = (WIDTH - 16) / _LEGEND_COLUMNS
    for position, (shade, name) in enumerate(names):
        row, column = divmod(position, _LEGEND_COLUMNS)
        x, y = 16 + column * width, HEIGHT + 10 + row * _LEGEND_ROW
        yield element("rect", x=x, y=y - 8, width=12, height=3, class_=f"fill {shade}")
        yield text(x + 18, y - 2, shortened(name, 24), class_="tick")
