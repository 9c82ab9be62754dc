"""Pictures as inline SVG: their colours follow the page, and what they show is escaped text."""

from reprise.charts.bars import columns, ranges, rows_of_bars
from reprise.charts.curves import curves
from reprise.charts.groups import groups
from reprise.charts.interval import interval
from reprise.charts.matrix import matrix
from reprise.charts.pair import pair
from reprise.charts.points import points
from reprise.charts.spark import spark
from reprise.charts.steps import steps

__all__ = ["columns", "curves", "groups", "interval", "matrix", "pair", "points", "ranges",
           "rows_of_bars", "spark", "steps"]  # fmt: skip
