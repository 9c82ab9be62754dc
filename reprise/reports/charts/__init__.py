"""Pictures as inline SVG: their colours follow the page, and what they show is escaped text."""

from reprise.reports.charts.bars import columns, ranges, rows_of_bars
from reprise.reports.charts.categories import groups, steps
from reprise.reports.charts.curves import curves
from reprise.reports.charts.matrix import matrix
from reprise.reports.charts.points import points
from reprise.reports.charts.sparklines import interval, pair, spark

__all__ = [
    "columns",
    "curves",
    "groups",
    "interval",
    "matrix",
    "pair",
    "points",
    "ranges",
    "rows_of_bars",
    "spark",
    "steps",
]
