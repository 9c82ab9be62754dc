"""A table of counts, each cell as strong as its share of the row."""

from collections.abc import Sequence

from markupsafe import Markup

from reprise.reports.charts.frame import WIDTH
from reprise.reports.charts.svg import element, hint, picture, shortened, text

_LEFT, _TOP = 84.0, 44.0
_MOST_NUMBERS = 16


def matrix(labels: Sequence[str], counts: Sequence[Sequence[int]], label: str) -> Markup:
    """Rows are actual classes, columns predicted ones."""
    size = (WIDTH - _LEFT) / len(labels)
    height = min(size, 40.0)
    small = len(labels) > _MOST_NUMBERS
    content = [
        text(_LEFT, 12.0, "predicted →", class_="axis"),
        text(0.0, 12.0, "actual ↓", class_="axis"),
    ]
    for row, (name, numbers) in enumerate(zip(labels, counts, strict=True)):
        total, y = max(sum(numbers), 1), _TOP + row * height
        if not small or row % 5 == 0:
            content += [
                text(_LEFT - 6, y + height / 2 + 4, shortened(name, 12), "end", class_="tick"),
                text(
                    _LEFT + (row + 0.5) * size,
                    _TOP - 6,
                    shortened(name, max(2, int(size / 7))),
                    "middle",
                    class_="tick",
                ),
            ]
        for column, number in enumerate(numbers):
            x = _LEFT + column * size
            said = f"actual {name}, predicted {labels[column]}: {number} rows, {number / total:.0%}"
            kind = "right" if row == column else "wrong"
            content.append(
                element(
                    "rect",
                    [hint(said)],
                    x=x + 0.5,
                    y=y + 0.5,
                    width=size - 1,
                    height=height - 1,
                    rx=2,
                    class_=f"cell {kind}",
                    fill_opacity=f"{0.06 + 0.5 * number / total:.2f}",
                )
            )
            if not small and (number or row == column):
                content.append(
                    text(x + size / 2, y + height / 2 + 4, number, "middle", class_="count")
                )
    return picture(content, WIDTH, _TOP + len(labels) * height + 4, label)
