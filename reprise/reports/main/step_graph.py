"""The step graph as a picture: from left to right, or for narrow screens from top to bottom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reprise.formatting import duration
from reprise.pipeline.outcome import Outcome
from reprise.reports.charts.svg import element, hint, picture, shortened, text

_MARKS = {"FINISHED": "✓", "CACHED": "↺", "FAILED": "✗", "SKIPPED": "–"}
_WIDTH, _HEIGHT, _ACROSS, _DOWN = 176.0, 48.0, 52.0, 16.0
_NARROW, _INDENT, _ROW = 350.0, 22.0, 60.0

Needs = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        return self.y + _HEIGHT / 2


def wide(outcomes: Mapping[str, Outcome], needs: Needs) -> Markup:
    """The steps in columns, each to the right of all that it needs."""
    columns = _columns(needs)
    tallest = max(len(column) for column in columns)
    height = tallest * (_HEIGHT + _DOWN) - _DOWN
    boxes = {}
    for number, column in enumerate(columns):
        top = (height - len(column) * (_HEIGHT + _DOWN) + _DOWN) / 2
        for row, name in enumerate(column):
            boxes[name] = _Box(
                number * (_WIDTH + _ACROSS) + 1, top + row * (_HEIGHT + _DOWN), _WIDTH
            )
    edges = [_bow(boxes[need], boxes[name]) for name, need in _edges(needs)]
    width = len(columns) * (_WIDTH + _ACROSS) - _ACROSS + 2
    nodes = [_node(name, box, outcomes[name]) for name, box in boxes.items()]
    return picture([*edges, *nodes], width, height, _said(outcomes, needs), growing=False)


def narrow(outcomes: Mapping[str, Outcome], needs: Needs) -> Markup:
    """The steps one beneath the other, indented by how many must come before."""
    columns = _columns(needs)
    boxes, row = {}, 0
    for number, column in enumerate(columns):
        for name in column:
            left = number * _INDENT + 1
            boxes[name] = _Box(left, row * _ROW, _NARROW - left - 1)
            row += 1
    edges = [_elbow(boxes[need], boxes[name]) for name, need in _edges(needs)]
    nodes = [_node(name, box, outcomes[name]) for name, box in boxes.items()]
    return picture([*edges, *nodes], _NARROW, row * _ROW, _said(outcomes, needs), growing=False)


def _columns(needs: Needs) -> list[list[str]]:
    """Steps by the length of the longest way that leads to them."""
    depth: dict[str, int] = {}
    for name, before in needs.items():  # each step comes after those it needs
        depth[name] = 1 + max((depth[need] for need in before), default=-1)
    return [[name for name in needs if depth[name] == n] for n in range(max(depth.values()) + 1)]


def _edges(needs: Needs) -> list[tuple[str, str]]:
    """(step, what it needs), without what another need has already needed."""
    reach: dict[str, set[str]] = {}
    for name, before in needs.items():
        reach[name] = set(before).union(*(reach[need] for need in before))
    return [
        (name, need)
        for name, before in needs.items()
        for need in before
        if not any(need in reach[other] for other in before)
    ]


def _bow(start: _Box, end: _Box) -> Markup:
    x, half = start.x + start.width, (end.x - start.x - start.width) / 2
    way = (
        f"M{x:.1f} {start.middle:.1f}C{x + half:.1f} {start.middle:.1f} "
        f"{x + half:.1f} {end.middle:.1f} {end.x:.1f} {end.middle:.1f}"
    )
    return element("path", d=way, class_="edge")


def _elbow(start: _Box, end: _Box) -> Markup:
    x, y = start.x + _INDENT / 2, start.y + _HEIGHT
    return element("path", d=f"M{x:.1f} {y:.1f}V{end.middle:.1f}H{end.x:.1f}", class_="edge")


def _node(name: str, box: _Box, outcome: Outcome) -> Markup:
    state = outcome.status.lower()
    took = f" · {duration(outcome.seconds)}" if outcome.status in ("FINISHED", "FAILED") else ""
    content = [
        hint(f"{name}: {state}{took}"),
        element("rect", x=box.x, y=box.y + 1, width=box.width, height=_HEIGHT - 2, rx=8),
        text(box.x + 14, box.y + 29, _MARKS[outcome.status], class_="mark"),
        text(box.x + 34, box.y + 21, shortened(name, 20), class_="name"),
        text(box.x + 34, box.y + 38, f"{state}{took}", class_="tick"),
    ]
    return element("g", content, class_=f"step {state}")


def _said(outcomes: Mapping[str, Outcome], needs: Needs) -> str:
    return "Steps: " + "; ".join(
        f"{name} {outcomes[name].status.lower()}"
        + (f", after {', '.join(before)}" if before else "")
        for name, before in needs.items()
    )
