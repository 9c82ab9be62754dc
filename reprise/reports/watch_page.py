"""A batch of rows held against those that a model learned from, on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reprise.data.drift.change import Bars
from reprise.errors import hidden
from reprise.evaluation.metrics import metrics_of
from reprise.formatting import metric, number
from reprise.inference.load import LoadedModel
from reprise.inference.watching.batch_watch import Watched
from reprise.inference.watching.course import EarlierBatch, since
from reprise.inference.watching.judgement import MEASURES, Finding
from reprise.inference.watching.labelled_rows import Measured
from reprise.reports import charts, html
from reprise.reports.captioned_chart import Picture
from reprise.reports.model_charts import of_predictions
from reprise.tracking.contract import WATCH_PAGE

_MOST_PICTURES, _MOST_BARS = 24, 8
# Measures that a picture of the distribution shows.
_DRAWN = ("drift", "unseen", "outside", "predictions")


@dataclass(frozen=True)
class Row:
    """A finding as a line of a table."""

    finding: Finding
    what: str
    chance: str
    since: str


@dataclass(frozen=True)
class MetricRow:
    """A metric of the test part and of the batch, each with its interval."""

    name: str
    before: str
    now: str


def watch_page(
    found: Watched,
    loaded: LoadedModel,
    told: Mapping[str, str],
    earlier: Sequence[EarlierBatch],
) -> str:
    """A self-contained HTML page: the answer first, then what moved, by how much, since when.

    `told` are facts of the batch for people, by name.
    """
    rows = [_row(each, earlier) for each in found.findings]
    evidence = found.now.evidence if found.now is not None else {}
    return html.page(
        WATCH_PAGE,
        found=found,
        model=hidden(loaded.uri),
        target=loaded.target,
        told={name: hidden(value) for name, value in told.items()},
        moved=[row for row in rows if row.finding.level != "OK"],
        rest=[row for row in rows if row.finding.level == "OK"],
        pictures=_moved_pictures(found),
        course=_course(found, earlier),
        metrics=_metrics(found, loaded),
        shown=of_predictions(evidence),
    )


def _row(finding: Finding, earlier: Sequence[EarlierBatch]) -> Row:
    chance = finding.change.chance
    shown = "<1e-300" if chance == 0 else f"{chance:.2g}" if chance >= 1e-4 else f"{chance:.0e}"
    began = since(finding, earlier) if finding.level != "OK" else ""
    return Row(
        finding,
        MEASURES.get(finding.change.measure) or metric(finding.change.measure),
        shown,
        began,
    )


def _moved_pictures(found: Watched) -> list[Picture]:
    """How the columns that moved, and what was predicted, were spread and are."""
    named = [
        name
        for each in found.moved
        if each.change.measure in _DRAWN
        for name in each.change.columns
    ]
    ordered = [name for name in dict.fromkeys(named) if name in found.bars][:_MOST_PICTURES]
    pictures = []
    for name in ordered:
        bars = _fewer(found.bars[name])
        label = f"{name}: shares of rows in training and in this batch"
        series = {"training": bars.before, "this batch": bars.now}
        pictures.append(
            Picture(name, charts.groups([*map(_short, bars.names)], series, "share of rows", label))
        )
    return pictures


def _short(name: str) -> str:
    """The name of a bin as there is room for it below a bar: the end of numbers."""
    for word, sign in (("below ", "<"), ("above ", ">"), ("to ", "")):
        end = name.removeprefix(word)
        if end != name:
            try:
                return f"{sign}{float(end):.2g}"
            except ValueError:  # a date
                return f"{sign}{end}"
    return name


def _fewer(bars: Bars) -> Bars:
    """At most eight bins: neighbours of numbers together, or the commonest categories.

    What lies outside, or was never seen, keeps a bin of its own.
    """
    if len(bars.names) <= _MOST_BARS:
        return bars
    if bars.names[-1] == "any other":
        places = range(len(bars.names) - 1)
        chosen = sorted(places, key=lambda place: -max(bars.before[place], bars.now[place]))
        kept = [*sorted(chosen[: _MOST_BARS - 1]), len(bars.names) - 1]
        return Bars(
            [bars.names[place] for place in kept],
            [bars.before[place] for place in kept],
            [bars.now[place] for place in kept],
        )
    inner = len(bars.names) - 2
    size = -(-inner // (_MOST_BARS - 2))
    starts = range(1, inner + 1, size)
    ends = [min(start + size, inner + 1) for start in starts]
    names = [bars.names[0], *(bars.names[end - 1] for end in ends), bars.names[-1]]
    sides = (
        [side[0], *(sum(side[a:b]) for a, b in zip(starts, ends, strict=True)), side[-1]]
        for side in (bars.before, bars.now)
    )
    return Bars(names, *sides)


def _course(found: Watched, earlier: Sequence[EarlierBatch]) -> list[Picture]:
    """The largest size of each measure that moved, batch by batch, this one last."""
    moved = dict.fromkeys(each.change.measure for each in found.moved)
    pictures = []
    for measure in moved if earlier else ():
        past = [
            (each.when, each.sizes[measure]) for each in reversed(earlier) if measure in each.sizes
        ]
        points = [*past, ("this batch", found.sizes[measure])]
        drawing = charts.spark(
            [size for _, size in points],
            [f"{when}: {number(size)}" for when, size in points],
            f"{measure} in the last {len(points)} batches",
        )
        title = MEASURES.get(measure) or metric(measure)
        pictures.append(
            Picture(title, drawing, f"{number(points[0][1])} → {number(points[-1][1])}")
        )
    return pictures


def _metrics(found: Watched, loaded: LoadedModel) -> list[MetricRow]:
    if found.now is None:
        return []
    names = [name for name in metrics_of(loaded.task) if name in found.now.metrics]
    return [
        MetricRow(metric(name), _said(found.before, name), _said(found.now, name)) for name in names
    ]


def _said(side: Measured | None, name: str) -> str:
    """A metric and its interval in words."""
    if side is None or name not in side.metrics:
        return "unknown"
    value, ends = number(side.metrics[name]), side.intervals.get(name)
    return value if ends is None else f"{value} ({number(ends.low)} to {number(ends.high)})"
